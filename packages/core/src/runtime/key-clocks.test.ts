import { expect, it } from 'vitest'
import { count } from '../functions/aggregates/count.ts'
import { keyedProcess } from '../functions/process-function.ts'
import { keyedProcessOperator } from '../operators/basic/keyed-process.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import { aggregateWindow } from '../operators/windows/aggregate-window.ts'
import { tumblingEventTimeWindows } from '../operators/windows/assigners/tumbling-event-time-windows.ts'
import { withPerKeyWatermarks } from '../operators/with-per-key-watermarks.ts'
import { valueState } from '../state/descriptors.ts'
import { operatorHarness } from '../testing/operator-harness.ts'
import { record, time, watermark } from '../testing/script.ts'
import { verifyOperator } from '../testing/verify-operator.ts'
import type { PerKeyWatermarks } from '../time/per-key-watermarks.ts'

/** Says each record with the watermark that it met, and each timer, due 10 ms after its record. */
const telling = keyedProcess<string, string>()({
  processRecord(_value, ctx) {
    ctx.emit(`${ctx.key}@${ctx.timestamp}>${ctx.currentWatermark()}`)
    ctx.timers.eventTime.register(ctx.timestamp + 10, String(ctx.timestamp))
  },
  onTimer(timer, ctx) {
    ctx.emit(`${ctx.key}!${timer.time}>${ctx.currentWatermark()}`)
  },
})

const keyBy = (value: string): string => value

function tellingBy(options: PerKeyWatermarks): OperatorFactory<string, string> {
  return withPerKeyWatermarks(keyedProcessOperator(telling), options)
}

function harness(options: PerKeyWatermarks) {
  const step = operatorHarness(tellingBy(options), { keyBy })
  return Object.assign(step, { told: () => step.output().map(({ value }) => value) })
}

it('judges a record by the watermark that its own key had before it', () => {
  const step = harness({ maxDelay: 2 })
  step.process('a', 1_000)
  step.process('b', 5)
  step.process('b', 9)
  step.process('a', 1_001)
  expect(step.told()).toEqual(['a@1000>-Infinity', 'b@5>-Infinity', 'b@9>2', 'a@1001>997'])
})

it("fires a key's timers by its own clock, at once after the record that moved it, in the order of time and name", () => {
  const step = harness({ maxDelay: 0 })
  step.process('b', 1)
  step.process('a', 2)
  step.process('a', 1)
  step.told()
  step.watermark(100)
  expect(step.told()).toEqual([])
  step.process('a', 30)
  expect(step.told()).toEqual(['a@30>1', 'a!11>29', 'a!12>29'])
})

it('gives downstream the least of active keys and the input, which never goes back', () => {
  const step = harness({ maxDelay: 0, idleAfter: 10 })
  step.time(0)
  step.process('a', 100)
  expect(step.forwardedWatermark).toBe(Number.NEGATIVE_INFINITY)
  step.watermark(60)
  expect(step.forwardedWatermark).toBe(60)
  step.process('b', 80)
  step.watermark(90)
  expect(step.forwardedWatermark).toBe(79)
  step.process('c', 20)
  step.process('b', 95)
  expect(step.forwardedWatermark).toBe(79)
  step.time(10)
  expect(step.forwardedWatermark).toBe(90)
})

it('lets a key that falls silent follow the input, and come back no earlier than that', () => {
  const step = harness({ maxDelay: 0, idleAfter: 10 })
  step.time(0)
  step.process('a', 5)
  step.watermark(50)
  step.time(9)
  expect(step.told()).toEqual(['a@5>-Infinity'])
  step.time(10)
  expect(step.told()).toEqual(['a!15>50'])
  step.process('a', 20)
  expect(step.told()).toEqual(['a@20>50'])
})

it('does not let a key that was ahead of the input go back when it falls silent', () => {
  const step = harness({ maxDelay: 0, idleAfter: 10 })
  step.time(0)
  step.process('a', 100)
  step.watermark(50)
  step.time(10)
  expect(step.told()).toEqual(['a@100>-Infinity'])
  step.process('a', 20)
  step.time(20)
  step.watermark(200)
  step.process('a', 21)
  expect(step.told()).toEqual(['a@20>99', 'a!30>99', 'a!110>200', 'a@21>200'])
})

it('never shows again what has expired by the time of a key, whoever it follows now', () => {
  const remembering = keyedProcess<string, string>()({
    state: { last: valueState<number>({ ttl: { after: 60, domain: 'event-time' } }) },
    processRecord(_value, ctx) {
      ctx.emit(`${ctx.timestamp}: ${ctx.state.last.get()}`)
      if (ctx.timestamp < 60) ctx.state.last.set(ctx.timestamp)
      ctx.timers.eventTime.register(70)
    },
    onTimer(timer, ctx) {
      ctx.emit(`timer ${timer.time}: ${ctx.state.last.get()}`)
    },
  })
  const step = operatorHarness(
    withPerKeyWatermarks(keyedProcessOperator(remembering), { maxDelay: 0, idleAfter: 10 }),
    { keyBy },
  )
  step.time(0)
  step.process('a', 1)
  step.process('a', 100)
  step.process('a', 101)
  step.watermark(50)
  step.time(10)
  step.process('a', 90)
  step.time(20)
  step.watermark(80)
  const said = step.output().map(({ value }) => value)
  expect(said).toEqual([
    '1: undefined',
    '100: 1',
    'timer 70: undefined',
    '101: undefined',
    'timer 70: undefined',
    '90: undefined',
    'timer 70: undefined',
  ])
})

it('frees the clock of a silent key once the input has come to it', () => {
  const step = keyedProcess<string, string>()({ processRecord() {} })
  const factory = withPerKeyWatermarks(keyedProcessOperator(step), { maxDelay: 0, idleAfter: 10 })
  const driven = operatorHarness(factory, { keyBy })
  driven.time(0)
  driven.process('a', 5)
  expect(driven.keyCount()).toBe(1)
  driven.time(10)
  expect(driven.keyCount()).toBe(1)
  driven.watermark(5)
  expect(driven.keyCount()).toBe(0)
})

it('does not believe a timestamp from the future, and counts it', () => {
  const step = harness({ maxDelay: 0, maxFuture: 5 })
  step.time(100)
  step.process('a', 100)
  step.process('a', 106)
  step.process('a', 105)
  step.process('a', 105)
  expect(step.told()).toEqual(['a@100>-Infinity', 'a@106>99', 'a@105>99', 'a@105>104'])
  expect(step.counters().futureTimestamps).toBe(1)
})

it('passes every test of the contract', () =>
  verifyOperator(
    tellingBy({ maxDelay: 2, idleAfter: 20 }),
    [
      time(0),
      record('a', 0),
      record('b', 3),
      watermark(8),
      record('a', 14),
      record('a', 4),
      time(19),
      record('c', 1),
      time(25),
      watermark(13),
      record('a', 60),
      record('b', 2),
      time(40),
      time(90),
      record('a', 20),
      record('d', 7),
    ],
    { keyBy, allowsLate: true },
  ))

it('is refused for a step that does not go by timers of a key', () => {
  const windows = aggregateWindow(tumblingEventTimeWindows(10), { n: count() }, {})
  for (const factory of [windows, { ...windows, keyed: false }]) {
    expect(() => withPerKeyWatermarks(factory, { maxDelay: 0 })).toThrow('CORE_OPTION_INVALID')
  }
  for (const options of [{ maxDelay: -1 }, { maxDelay: 0, idleAfter: 0 }, { maxDelay: 0, maxFuture: '1y' }]) {
    expect(() => tellingBy(options)).toThrow('CORE_DURATION_INVALID')
  }
})
