import { at, describe, type Problems } from './problems.ts'

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof DAYS)[number]

/** Times of the day, `[from, to)`, in a place; over midnight where `to` is not after `from`. */
export interface Schedule {
  /** `22:00`. */
  readonly from: string
  /** `06:00`, at most `24:00`. */
  readonly to: string
  /** On which it begins; absent: every day. */
  readonly days?: readonly Day[]
  /** An IANA time zone, or that of each patient's ward; `default` is for other wards, and while the ward is not known. */
  readonly zone: string | { readonly default: string; readonly wards: Readonly<Record<string, string>> }
}

/** Whether any of them goes by each patient's ward. */
export function haveWardZones(schedules: Readonly<Record<string, Schedule>> = {}): boolean {
  return Object.values(schedules).some(({ zone }) => typeof zone === 'object')
}

export function checkSchedule(value: unknown, path: string, problems: Problems): Schedule | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['from', 'to', 'days', 'zone'], path)
  const from = checkTime(object.from, at(path, 'from'), problems)
  const to = checkTime(object.to, at(path, 'to'), problems)
  const days = object.days === undefined ? DAYS : checkDays(object.days, at(path, 'days'), problems)
  const zone = checkZones(object.zone, at(path, 'zone'), problems)
  if (from === '24:00' || (from !== undefined && from === to)) {
    return problems.add(
      at(path, 'from'),
      'RULES_SCHEDULE_INVALID',
      'it begins before it ends; all day is 00:00 to 24:00',
    )
  }
  if (from === undefined || to === undefined || days === undefined || zone === undefined) return undefined
  return { from, to, ...(days.length < DAYS.length && { days }), zone }
}

function checkTime(value: unknown, path: string, problems: Problems): string | undefined {
  if (typeof value === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(value)) return value
  return problems.add(path, 'RULES_SCHEDULE_INVALID', `${describe(value)} is no time of the day`)
}

function checkDays(value: unknown, path: string, problems: Problems): readonly Day[] | undefined {
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  const named = array.map((day, i) => problems.choice(day, DAYS, at(path, i)))
  if (named.includes(undefined)) return undefined
  if (named.length > 0) return DAYS.filter((day) => named.includes(day))
  return problems.add(path, 'RULES_SCHEDULE_INVALID', 'a schedule without days never begins')
}

function checkZones(value: unknown, path: string, problems: Problems): Schedule['zone'] | undefined {
  if (typeof value !== 'object' || value === null) return checkZone(value, path, problems)
  const object = value as Readonly<Record<string, unknown>>
  problems.unknownFields(object, ['default', 'wards'], path)
  const zone = checkZone(object.default, at(path, 'default'), problems)
  const wards = Object.entries(problems.object(object.wards, at(path, 'wards')) ?? {}).map(
    ([ward, zone]) => [ward, checkZone(zone, at(at(path, 'wards'), ward), problems)] as const,
  )
  if (zone === undefined || wards.some(([, zone]) => zone === undefined)) return undefined
  return wards.length === 0 ? zone : { default: zone, wards: Object.fromEntries(wards) as Record<string, string> }
}

function checkZone(value: unknown, path: string, problems: Problems): string | undefined {
  if (typeof value === 'string' && isZone(value)) return value
  return problems.add(path, 'RULES_SCHEDULE_INVALID', `${describe(value)} is no time zone that is known here`)
}

function isZone(name: string): boolean {
  // Offsets such as +02:00 are known too, but a place that changes its clocks is meant nearly always.
  if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
