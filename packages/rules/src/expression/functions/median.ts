import type { OfReadings, SqlOfReadings } from './readings.ts'

// Filled and read within one call.
let scratch = new Float64Array(256)

/** The value in the middle; with an even number of them, the mean of the two there. */
export const median: OfReadings = ({ values, length }) => {
  if (length > scratch.length) scratch = new Float64Array(2 * length)
  for (let i = 0; i < length; i++) scratch[i] = values[i] as number
  const middle = length >> 1
  const upper = select(scratch, length, middle)
  if (length % 2 === 1) return upper
  let lower = scratch[0] as number
  for (let i = 1; i < middle; i++) if ((scratch[i] as number) > lower) lower = scratch[i] as number
  return (lower + upper) / 2
}

/** The same in SQL: of two in the middle `quantile_disc` takes the lower, and of their negatives that of the upper. */
export const medianSql: SqlOfReadings = ({ value, window }) =>
  `(quantile_disc(${value}, 0.5) over ${window} - quantile_disc(-${value}, 0.5) over ${window}) / 2`

/** The value that would stand at `place` were the first `length` sorted; none before it is greater after (Hoare 1961, FIND). */
function select(values: Float64Array, length: number, place: number): number {
  let left = 0
  let right = length - 1
  while (left < right) {
    // Of three, so that a curve that rises and falls again is not cut at its peak.
    const pivot = middleOf(values[left] as number, values[place] as number, values[right] as number)
    let i = left
    let j = right
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const swapped = values[i] as number
      values[i++] = values[j] as number
      values[j--] = swapped
    }
    if (j < place) left = i
    if (i > place) right = j
  }
  return values[place] as number
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
