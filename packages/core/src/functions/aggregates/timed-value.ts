/** What `first` and `last` keep and give: a plain value, since an object would be shared with the record it came from. */
export type PlainValue = string | number | bigint | boolean

/** A value and its event time; `value` is undefined while there is none. Plain data. */
export interface TimedValue<V extends PlainValue> {
  timestamp: number
  value: V | undefined
}

export function isMissing(value: PlainValue | null | undefined): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value)
}
