import { generatedFunction } from '../../collections/generated-function.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { FlatForm } from '../flat-form.ts'
import { type CombinedAccumulator, partValues } from './combine-aggregates.ts'

/** Several flat forms side by side, as one row of cells. */
export interface CombinedFlat<In> {
  readonly width: number
  /** Where the cells of each part begin in the row. */
  readonly offsets: readonly number[]
  readonly parts: readonly FlatForm<In, unknown, unknown>[]
  /** Names, widths and versions of the parts: what cells in a snapshot have to agree with. */
  readonly layout: string
  create(cells: Float64Array, at: number): void
  add(cells: Float64Array, at: number, value: In, timestamp: number): void
  merge(cells: Float64Array, at: number, others: Float64Array, from: number): void
  write(cells: Float64Array, at: number, accumulator: CombinedAccumulator): void
}

type Create = CombinedFlat<never>['create']
type Add<In> = CombinedFlat<In>['add']
type Merge = CombinedFlat<never>['merge']

/** The flat form of aggregates under names, where each of them has one. */
export function combineFlat<In>(
  names: readonly string[],
  aggregates: readonly AggregateFunction<In, unknown, unknown>[],
): CombinedFlat<In> | undefined {
  const parts: FlatForm<In, unknown, unknown>[] = []
  const offsets: number[] = []
  let width = 0
  for (const { flat } of aggregates) {
    if (flat === undefined) return undefined
    parts.push(flat)
    offsets.push(width)
    width += flat.width
  }
  return {
    width,
    offsets,
    parts,
    layout: parts.map((part, i) => `${names[i]}: ${aggregates[i]?.name} ${part.width} v${part.version}`).join(', '),
    create: generatedFunction<Create>(
      `(cells, at) => {
        ${parts.map((_, i) => `part${i}.create(cells, at + ${offsets[i]})`).join('\n')}
      }`,
      partValues(parts),
      (cells, at) => {
        parts.forEach((part, i) => {
          part.create(cells, at + (offsets[i] as number))
        })
      },
    ),
    add: generatedFunction<Add<In>>(
      `(cells, at, value, timestamp) => {
        ${parts.map((_, i) => `part${i}.add(cells, at + ${offsets[i]}, value, timestamp)`).join('\n')}
      }`,
      partValues(parts),
      (cells, at, value, timestamp) => {
        for (let i = 0; i < parts.length; i++) parts[i]?.add(cells, at + (offsets[i] as number), value, timestamp)
      },
    ),
    merge: generatedFunction<Merge>(
      `(cells, at, others, from) => {
        ${parts.map((_, i) => `part${i}.merge(cells, at + ${offsets[i]}, others, from + ${offsets[i]})`).join('\n')}
      }`,
      partValues(parts),
      (cells, at, others, from) => {
        parts.forEach((part, i) => {
          const offset = offsets[i] as number
          part.merge(cells, at + offset, others, from + offset)
        })
      },
    ),
    write(cells, at, accumulator) {
      parts.forEach((part, i) => {
        part.write(cells, at + (offsets[i] as number), accumulator[names[i] as string])
      })
    },
  }
}
