import { type Quantity, quantityText } from '../expression/quantity.ts'
import type { GivenRow } from './parse-table.ts'
import { at, type Problems } from './problems.ts'

/** An end of a band, and what it is in the canonical unit. */
export interface BandEnd {
  readonly quantity: Quantity
  readonly value: number
}

/** Both ends belong to it; one that is absent is as far as there is nothing else. */
export interface Band {
  readonly from?: BandEnd
  readonly to?: BandEnd
}

interface Table {
  readonly by: string
  readonly continuous: boolean
}

// Whole years: between 40 and 41 nobody is.
const WHOLE_NUMBERS = 'age'
const YEAR = 525_960

/** The rows in groups of equal attribute bands, from the lowest; holes and overlaps between them are mistakes. */
export function checkGroups(rows: readonly GivenRow[], table: Table, problems: Problems): GivenRow[][] {
  const byBand = new Map<string, GivenRow[]>()
  for (const row of rows) {
    const key = `${row.group.from?.value} ${row.group.to?.value}`
    byBand.set(key, [...(byBand.get(key) ?? []), row])
  }
  const groups = [...byBand.values()].sort(([a], [b]) => lowEnd(a?.group) - lowEnd(b?.group))
  const bands = groups.map((group) => ({ path: `${group[0]?.path}.by`, band: group[0]?.group as Band }))
  const step = table.by === WHOLE_NUMBERS ? YEAR : 0
  checkBeside(bands, { what: `${table.by} of ${rows[0]?.row.signal}`, step, continuous: table.continuous }, problems)
  return groups
}

/** The rows of a group from the lowest; holes and overlaps between them are mistakes. */
export function checkBands(group: readonly GivenRow[], table: Table, problems: Problems): GivenRow[] {
  const sorted = [...group].sort((a, b) => lowEnd(a.value) - lowEnd(b.value))
  const first = sorted[0] as GivenRow
  const about = [first.row.signal, ...bandText(table.by, first.group)].join(', ')
  const bands = sorted.map(({ path, value }) => ({ path, band: value }))
  checkBeside(bands, { what: about, step: 0, continuous: table.continuous }, problems)
  return sorted
}

interface Placed {
  readonly path: string
  readonly band: Band
}

interface About {
  readonly what: string
  /** How far two neighbours are apart between which nothing lies. */
  readonly step: number
  readonly continuous: boolean
}

function checkBeside(bands: readonly Placed[], { what, step, continuous }: About, problems: Problems): void {
  const hole = (path: string, where: string): void => {
    problems.add(path, 'RULES_TABLE_HOLE', `${what}: no row is for ${where}`)
  }
  for (const [i, { path, band }] of bands.entries()) {
    const previous = bands[i - 1]?.band
    const end = previous?.to
    const start = band.from
    if (previous === undefined) {
      // Nothing that is measured here is below zero; a table that begins there begins at the beginning.
      if (start !== undefined && start.value > 0) hole(at(path, 'from'), `values below ${quantityText(start.quantity)}`)
    } else if (
      start === undefined ||
      start.value <= lowEnd(previous) ||
      (end !== undefined && start.value <= end.value)
    ) {
      const where = start === undefined ? 'the lowest values' : quantityText(start.quantity)
      problems.add(at(path, 'from'), 'RULES_TABLE_OVERLAP', `${what}: two rows are for ${where}`)
    } else if (!continuous && end !== undefined && start.value - end.value > step) {
      hole(at(path, 'from'), `values between ${quantityText(end.quantity)} and ${quantityText(start.quantity)}`)
    }
  }
  const last = bands.at(-1)
  if (last?.band.to !== undefined && !continuous) {
    hole(at(last.path, 'to'), `values above ${quantityText(last.band.to.quantity)}`)
  }
}

function lowEnd(band: Band | undefined): number {
  return band?.from?.value ?? -Infinity
}

function bandText(by: string, { from, to }: Band): string[] {
  if (from === undefined && to === undefined) return []
  const low = from === undefined ? '' : ` from ${quantityText(from.quantity)}`
  return [`${by}${low}${to === undefined ? '' : ` to ${quantityText(to.quantity)}`}`]
}
