import type { OfReadings } from './readings.ts'

/** The value in the middle; with an even number of them, the mean of the two there. */
export const median: OfReadings = ({ values, length }) => {
  const sorted = values.slice(0, length).sort()
  const middle = length >> 1
  const upper = sorted[middle] as number
  return length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}
