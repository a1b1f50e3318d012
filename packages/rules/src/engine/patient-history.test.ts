import { describe, expect, it } from 'vitest'
import { addReading, emptyHistory } from '../compile/signal-history.ts'
import { addToSlices, emptySliceSums } from '../compile/slice-sums.ts'
import { HISTORY } from './patient-history.ts'

const DAY_S = 86_400

describe("a patient's history", () => {
  it('comes back from its bytes as it was: a day at a reading a second, and sums for a baseline', () => {
    let readings = emptyHistory()
    const sums = emptySliceSums()
    for (let second = 0; second < DAY_S; second++) {
      const value = second % 60 === 0 ? Number.NaN : second % 200
      readings = addReading(readings, second * 1000, value, DAY_S * 1000)
      addToSlices(sums, second * 1000, value, 3_600_000)
    }
    const bytes = HISTORY.encode([readings, sums])
    expect(bytes.length).toBeLessThan(16 * (DAY_S + 50))
    const [backReadings, backSums] = HISTORY.decode(bytes) as [Float64Array, Float64Array]
    const stretch = (history: Float64Array): Float64Array => history.slice(history[0], history[1])
    expect(stretch(backReadings).length).toBe(2 * DAY_S)
    expect(stretch(backReadings)).toEqual(stretch(readings))
    expect(backSums).toEqual(sums)
  })
})
