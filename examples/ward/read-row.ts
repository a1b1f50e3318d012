import { type Reading, type RowFault, VITALS, type Vital } from './reading.ts'

/** What a row does not say itself. */
export interface RowDefaults {
  /** Of a file that is one patient's. */
  readonly patientId?: string
  /** What relative seconds count from, ms since 1970 UTC. */
  readonly epochMs: number
}

type Column = Vital | `${Vital}Unit` | 'patientId' | 'ward' | 'time' | 'relativeSeconds' | 'receivedAt'

/** Names that columns go by, in lower case without spaces. */
const ALIASES: Readonly<Record<string, Column>> = {
  hr: 'heartRate',
  pulse: 'pulseRate',
  resp: 'respiratoryRate',
  rr: 'respiratoryRate',
  map: 'meanArterialPressure',
  temp: 'temperature',
  'time[s]': 'relativeSeconds',
  patient: 'patientId',
  patient_id: 'patientId',
  timestamp: 'time',
}

const COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...Object.keys(VITALS).flatMap((vital): [string, Column][] => [
    [vital.toLowerCase(), vital as Vital],
    [`${vital}Unit`.toLowerCase(), `${vital}Unit` as Column],
  ]),
  ...(['patientId', 'ward', 'time', 'receivedAt'] as const).map((name): [string, Column] => [name.toLowerCase(), name]),
  ...Object.entries(ALIASES),
])

const UNIT_OF: ReadonlyMap<Column, Vital> = new Map(
  (Object.keys(VITALS) as Vital[]).map((vital): [Column, Vital] => [`${vital}Unit`, vital]),
)

/** Names as they were met, so that each is looked up once. */
const met = new Map<string, Column | undefined>()

/** Which column a name stands for; `undefined` for one that says nothing to a ward. */
export function columnOf(name: string): Column | undefined {
  if (!met.has(name)) met.set(name, COLUMNS.get(name.replaceAll(/\s/g, '').toLowerCase()))
  return met.get(name)
}

/** To the unit in which a vital is kept, for the units that it may come in. */
const CONVERSIONS: Readonly<Record<string, Readonly<Record<string, (value: number) => number>>>> = {
  '/min': { '/min': same },
  '%': { '%': same },
  'mm[Hg]': { 'mm[Hg]': same, kPa: (value) => value * 7.500_615_758_456_564 },
  Cel: { Cel: same, '[degF]': (value) => ((value - 32) * 5) / 9, K: (value) => value - 273.15 },
}

function same(value: number): number {
  return value
}

/** Makes a reading of a row, or says what is wrong with it: which column, and why; never with what value. */
export function readRow(row: unknown, defaults: RowDefaults): Reading | RowFault {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return fault('row-invalid', 'a row is an object')
  const reading: { -readonly [K in keyof Reading]?: Reading[K] } = {}
  let units: Map<Vital, unknown> | undefined
  let patientId: unknown = defaults.patientId
  let time: unknown
  for (const name in row) {
    const value = (row as Record<string, unknown>)[name]
    const column = columnOf(name)
    switch (column) {
      case undefined:
        break
      case 'patientId':
        patientId = value
        break
      case 'ward':
        if (typeof value === 'string' && value !== '') reading.ward = value
        break
      case 'time':
        time = timeOf(value)
        break
      case 'relativeSeconds': {
        const seconds = numberOf(value)
        time = typeof seconds === 'number' ? defaults.epochMs + Math.round(seconds * 1_000) : undefined
        break
      }
      case 'receivedAt': {
        const receivedAt = timeOf(value)
        if (receivedAt === undefined) return fault('time-invalid', 'receivedAt is no time')
        reading.receivedAt = receivedAt
        break
      }
      default: {
        const vital = UNIT_OF.get(column)
        if (vital !== undefined) {
          if (value === VITALS[vital].unit) break
          units ??= new Map()
          units.set(vital, value)
          break
        }
        const number = numberOf(value)
        if (number === undefined) return fault('value-invalid', `${column} is no number`)
        reading[column as Vital] = number
      }
    }
  }
  if (typeof patientId === 'number') patientId = String(patientId)
  if (typeof patientId !== 'string' || patientId === '') return fault('patient-missing', 'patientId is missing')
  if (typeof time !== 'number') return fault('time-invalid', 'the time is missing, or is no time')
  reading.patientId = patientId
  reading.time = time
  reading.receivedAt ??= time
  reading.converted = NONE
  return units === undefined ? (reading as Reading) : inOwnUnits(reading as Reading, units)
}

const NONE: readonly Vital[] = []

function inOwnUnits(reading: Reading, units: ReadonlyMap<Vital, unknown>): Reading | RowFault {
  const values: { [V in Vital]?: number | null } = {}
  const converted: Vital[] = []
  for (const [vital, unit] of units) {
    if (unit === '' || unit === null || unit === undefined) continue
    const own = VITALS[vital].unit
    const convert = typeof unit === 'string' ? CONVERSIONS[own]?.[unit] : undefined
    if (convert === undefined) return fault('unit-unknown', `${vital}Unit is no unit of ${vital}`)
    const value = reading[vital]
    if (unit === own || typeof value !== 'number') continue
    values[vital] = convert(value)
    converted.push(vital)
  }
  return converted.length === 0 ? reading : { ...reading, ...values, converted }
}

/** A number, null for a blank, `undefined` for what is neither. */
function numberOf(value: unknown): number | null | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value === null) return null
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === '' || /^(nan|null|na|-)$/i.test(text)) return null
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** Ms since 1970 UTC, or a text with its zone: without one it could mean any of a day's hours. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return isTime(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(value)) {
    const time = Date.parse(value)
    return Number.isNaN(time) ? undefined : time
  }
  return /^-?\d+$/.test(value.trim()) && isTime(Number(value)) ? Number(value) : undefined
}

/** As far as a `Date` reaches. */
function isTime(ms: number): boolean {
  return Math.abs(ms) <= 8.64e15
}

function fault(code: string, reason: string): RowFault {
  return { code, reason }
}

/** True for what `readRow` refused. */
export function isFault(outcome: Reading | RowFault): outcome is RowFault {
  return 'code' in outcome
}
