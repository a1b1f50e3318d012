import { describe, expect, it } from 'vitest'
import { addReading } from '../compile/signal-history.ts'
import { addToSlices, emptySliceSums } from '../compile/slice-sums.ts'
import { baseOf, HISTORY, historyOf, partsOf } from './patient-history.ts'

const DAY_S = 86_400

describe("a patient's history", () => {
  it('comes back from its bytes as it was: a day at a reading a second, and sums for a baseline', () => {
    let history = historyOf({ readings: [Float64Array.of(-1, 7), new Float64Array(0)], sums: [emptySliceSums()] })
    for (let second = 0; second < DAY_S; second++) {
      const value = second % 60 === 0 ? Number.NaN : second % 200
      history = addReading(history, baseOf(history, 0), second * 1000, -value, 60_000)
      history = addReading(history, baseOf(history, 1), second * 1000, value, DAY_S * 1000)
      addToSlices(history, baseOf(history, 2), second * 1000, value, 3_600_000)
    }
    const bytes = HISTORY.encode(history)
    expect(bytes.length).toBeLessThan(16 * (DAY_S + 150))
    const back = partsOf(HISTORY.decode(bytes))
    const [short, long] = back.readings as [Float64Array, Float64Array]
    expect(long.length).toBe(2 * DAY_S)
    expect([...long.slice(0, 4)]).toEqual([0, Number.NaN, 1000, 1])
    expect([...short.slice(-2)]).toEqual([(DAY_S - 1) * 1000, -199])
    expect(short.length).toBe(2 * 61)
    expect(back).toEqual(partsOf(history))
    expect(back.sums[0]?.slice(0, 2)).toEqual(Float64Array.of((DAY_S - 1) * 1000, 199))
  })
})
