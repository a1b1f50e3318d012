import { expect, test } from 'vitest'
import { expectedAlarms, expectedWindows } from './expected-results.ts'
import type { KillReading } from './readings.ts'

const STEP_MS = 600_000
/** One reading a step; `undefined`: none. */
const readings = (spo2: readonly (number | undefined)[], heartRate = 70): KillReading[] =>
  spo2.flatMap((value, step) =>
    value === undefined ? [] : [{ patientId: 'p', time: step * STEP_MS, spo2: value, heartRate }],
  )
const steps = (given: readonly (number | undefined)[]) =>
  expectedAlarms(readings(given), STEP_MS).map(({ event, time }) => `${event} ${time / STEP_MS}`)

test('makes windows of an hour, of the readings that are in them', () => {
  expect(expectedWindows(readings([90, 92, undefined, 93, 94, 95, 96, 97]))).toEqual([
    { patientId: 'p', start: 0, end: 3_600_000, count: 5, spo2: 464, fastest: 70 },
    { patientId: 'p', start: 3_600_000, end: 7_200_000, count: 2, spo2: 193, fastest: 70 },
  ])
})

test('raises an alarm when the condition has held for its time, the reading at its end included', () => {
  expect(steps([95, 87, 87, 88, 87, 87, 87, 87])).toEqual(['raised 6'])
})

test('clears it when the other condition has held for its time, and raises another after that', () => {
  expect(steps([87, 87, 87, 90, 91, 91, 87, 87, 87])).toEqual(['raised 2', 'cleared 5', 'raised 8'])
})

test('lets a value count until the next, and knows nothing behind the last', () => {
  expect(steps([87, undefined, undefined, 95])).toEqual(['raised 2'])
  expect(steps([95, 87, 87])).toEqual([])
})

test('clears at once where nothing has to be waited for', () => {
  const fast = [130, 130, 130, 130, 120, 130].map((heartRate, step) => ({
    ...(readings([97])[0] as KillReading),
    time: step * STEP_MS,
    heartRate,
  }))
  expect(expectedAlarms(fast, STEP_MS).map(({ event, time }) => `${event} ${time / STEP_MS}`)).toEqual([
    'raised 3',
    'cleared 4',
  ])
})
