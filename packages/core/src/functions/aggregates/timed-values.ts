/** Values with their times, in the order in which they came. Plain data. */
export interface TimedValues<V> {
  readonly timestamps: number[]
  readonly values: V[]
}

export function emptyTimedValues<V>(): TimedValues<V> {
  return { timestamps: [], values: [] }
}

export function addTimedValue<V>(list: TimedValues<V>, value: V, timestamp: number): void {
  list.timestamps.push(timestamp)
  list.values.push(value)
}

/** Those of `other` came later, where times are equal. */
export function mergeTimedValues<V>(list: TimedValues<V>, other: TimedValues<V>): void {
  for (let i = 0; i < other.values.length; i++) {
    addTimedValue(list, other.values[i] as V, other.timestamps[i] as number)
  }
}

/** Sorted by time, those of one time in the order in which they came. The list stays as it is. */
export function inOrderOfTime<V>(list: TimedValues<V>): TimedValues<V> {
  const { timestamps, values } = list
  if (timestamps.every((timestamp, i) => i === 0 || timestamp >= (timestamps[i - 1] as number))) {
    return { timestamps: timestamps.slice(), values: values.slice() }
  }
  const order = timestamps.map((_, i) => i).sort((a, b) => (timestamps[a] as number) - (timestamps[b] as number))
  return { timestamps: order.map((i) => timestamps[i] as number), values: order.map((i) => values[i] as V) }
}
