/** What the SQL of a time in range is put together from, besides the value at hand. */
export interface TimeInRangeSql {
  readonly value: string
  /** For how many ms a reading's value was in force, as far as the next reading shows; NULL where it has none. */
  readonly held: string
  /** The window without the reading at hand, whose value has been in force for no time yet. */
  readonly before: string
  readonly low: string
  readonly high: string
}

/** The share of the time, in %, as `shareOfTimeIn` finds it; where no time has passed, whether the value at hand lies in it. */
export function timeInRangeSql({ value, held, before, low, high }: TimeInRangeSql): string {
  const isInside = `${value} between ${low} and ${high}`
  const known = `coalesce(sum(${held}) over ${before}, 0)::double`
  const inside = `coalesce(sum(${held}) filter (where ${isInside}) over ${before}, 0)::double`
  return `case when ${known} > 0 then ${inside} / ${known} * 100 when ${isInside} then 100 else 0 end`
}
