import { MillraceRulesError } from '../../errors.ts'
import type { RuleSetData } from '../../schema/rule-data.ts'
import type { Schedule } from '../../schema/schedule.ts'
import { type ScheduleClock, scheduleClock } from '../schedule-clock.ts'
import { sqlName, sqlText } from './sql-text.ts'

/** A schedule in the time zone of some wards, written out. */
interface Stretches {
  readonly table: string
  readonly schedule: string
  /** The ward that it is of; absent, all others. */
  readonly ward?: string
  readonly clock: ScheduleClock
}

/**
 * The schedules that a query speaks of, written out as the stretches `[since, until)` of a span of time: the clocks of time zones
 * are asked here, by the same code that rules ask, and not in the database.
 */
export class SqlSchedules {
  readonly #all: readonly Stretches[]
  readonly #span: readonly [number, number] | undefined
  readonly usesWards: boolean

  /** @throws RULES_OPTION_INVALID for schedules without a span. */
  constructor({ schedules = {} }: RuleSetData, names: readonly string[], span: readonly [number, number] | undefined) {
    this.#span = span
    if (names.length > 0 && span === undefined) {
      throw new MillraceRulesError('RULES_OPTION_INVALID', 'span is needed where a condition speaks of a schedule')
    }
    const wardsOf = ({ zone }: Schedule): string[] => (typeof zone === 'string' ? [] : Object.keys(zone.wards))
    this.#all = names.flatMap((name) => {
      const schedule = schedules[name] as Schedule
      const others = { table: sqlName(`schedule ${name}`), schedule: name, clock: scheduleClock(schedule) }
      const wards = wardsOf(schedule).map((ward, i): Stretches => {
        const table = sqlName(`schedule ${name} ${i + 1}`)
        return { table, schedule: name, ward, clock: scheduleClock(schedule, ward) }
      })
      return [...wards, others]
    })
    this.usesWards = names.some((name) => wardsOf(schedules[name] as Schedule).length > 0)
  }

  /** The tables of stretches. */
  get tables(): string[] {
    return this.#all.map(({ table, clock }) => {
      const rows = stretchesOf(clock, this.#span as readonly [number, number])
      const values = rows.map(([since, until]) => `(${since}::bigint, ${until}::bigint)`)
      return `${table}(since, until) as (${values.length > 0 ? `values ${values.join(', ')}` : NO_STRETCH})`
    })
  }

  /** Joins each moment with the last stretch that has begun by then. */
  get joins(): string {
    return this.#all.map(({ table }) => ` asof left join ${table} on known.time >= ${table}.since`).join('')
  }

  /** Whether it is the time of a schedule at the moment of a row. */
  holds(name: string): string {
    const [from, to] = this.#span as readonly [number, number]
    const own = this.#all.filter(({ schedule }) => schedule === name)
    const cases = own
      .filter(({ ward }) => ward !== undefined)
      .map(({ ward, table }) => `when ${sqlText(ward as string)} then ${isIn(table)}`)
    const others = isIn((own.at(-1) as Stretches).table)
    const holds = cases.length === 0 ? others : `case ward ${cases.join(' ')} else ${others} end`
    const outside = 'a moment lies outside of the span that schedules are written out for'
    return `(case when known.time >= ${from} and known.time < ${to} then ${holds} else error(${sqlText(outside)}) end)`
  }
}

const NO_STRETCH = 'select null::bigint, null::bigint where false'

function isIn(table: string): string {
  return `coalesce(known.time < ${table}.until, false)`
}

function stretchesOf(clock: ScheduleClock, [from, to]: readonly [number, number]): (readonly [number, number])[] {
  const stretches: (readonly [number, number])[] = []
  for (let at = from; at < to; ) {
    const change = Math.min(clock.changesAfter(at), to)
    if (clock.holdsAt(at)) stretches.push([at, change])
    at = change
  }
  return stretches
}
