import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../api/environment.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { record, type ScriptElement, time, watermark } from '../../testing/script.ts'
import { verifyOperator } from '../../testing/verify-operator.ts'
import { boundedOutOfOrderness } from '../../time/watermark-strategy.ts'
import { debounceOperator } from './debounce.ts'
import { sampleOperator } from './sample.ts'
import { throttleOperator } from './throttle.ts'

const keyBy = (value: string): string => value.slice(0, 1)

/** Two keys; pauses that are just as long as the limit, shorter and longer; a watermark that overtakes what waits. */
const script: readonly ScriptElement<string>[] = [
  time(0),
  record('a0', 0),
  record('b0', 0),
  time(4),
  record('a4', 4),
  time(9),
  record('a9', 9),
  watermark(20),
  time(12),
  record('b12', 12),
  time(30),
  record('b30', 30),
  record('a30', 30),
]

describe('debounce', () => {
  it('passes verifyOperator, and lets a record go when the wait is just over', () =>
    verifyOperator(debounceOperator<string>(5), script, {
      keyBy,
      expected: ['b0', 'a4', 'a9', 'b12', 'a30', 'b30'],
      allowsLate: true,
    }))

  it('gives each record its own timestamp, and what waits at the end before the last watermark', async () => {
    const timestamps: number[] = []
    const env = createEnvironment()
    const stream = env
      .fromArray([
        { key: 'a', at: 5 },
        { key: 'b', at: 6 },
        { key: 'a', at: 7 },
      ])
      .assignTimestamps((r) => r.at, boundedOutOfOrderness(0))
      .keyBy((r) => r.key)
      .debounce('1s')
      .process<string>({
        processRecord: (r, ctx) => {
          timestamps.push(ctx.timestamp)
          ctx.emit(`${r.key}${r.at} at ${ctx.currentWatermark()}`)
        },
      })
    expect(await env.executeAndCollect(stream)).toEqual(['b6 at 6', 'a7 at 6'])
    expect(timestamps).toEqual([6, 7])
  })
})

describe('sample', () => {
  it('passes verifyOperator, and counts a record at the end of a period to the next', () =>
    verifyOperator(sampleOperator<string>(4), script, {
      keyBy,
      expected: ['a0', 'b0', 'a4', 'a9', 'b12', 'a30', 'b30'],
      allowsLate: true,
    }))
})

it('sample holds a record for its own period where the timers of an earlier one have waited', () => {
  // As after a restart: the clock goes on, and timers wait until the source has caught up.
  const options = {
    keyBy: (value: unknown) => keyBy(value as string),
    inputs: 1,
    maxParallelism: 8,
    isReplay: false,
    shouldPause: () => false,
  }
  const bench = new OperatorBench(sampleOperator<string>(4), options)
  bench.apply(time(0))
  for (const value of ['b0', 'c0']) bench.apply(record(value, 0))
  bench.clock.advanceTo(9)
  bench.apply(record('a9', 9))
  bench.apply(record('c9', 9))
  const outAt = (now: number): unknown[] => {
    bench.apply(time(now))
    return bench.emitted.splice(0).map(({ value }) => value)
  }
  expect(outAt(9)).toEqual(['b0', 'c9'])
  expect(outAt(11)).toEqual([])
  expect(outAt(12)).toEqual(['a9'])
  expect(bench.keyCount()).toBe(0)
})

describe('throttle', () => {
  it('passes verifyOperator, with a record at once, at the end of a pause, and both', async () => {
    const leading = ['a0', 'b0', 'a9', 'b12', 'b30', 'a30']
    await verifyOperator(throttleOperator<string>(9), script, { keyBy, expected: leading, allowsLate: true })
    const trailing = ['a4', 'b0', 'a9', 'b12', 'a30', 'b30']
    await verifyOperator(throttleOperator<string>(9, { leading: false, trailing: true }), script, {
      keyBy,
      expected: trailing,
      allowsLate: true,
    })
    const both = ['a0', 'b0', 'a4', 'b12', 'a9', 'b30', 'a30']
    await verifyOperator(throttleOperator<string>(9, { trailing: true }), script, {
      keyBy,
      expected: both,
      allowsLate: true,
    })
  })
})

it('refuses mistakes where they are written', () => {
  const keyed = createEnvironment()
    .fromArray(['a'])
    .keyBy((value) => value)
  for (const wrong of [0, -1, 1.5, 'soon', Number.POSITIVE_INFINITY]) {
    expect(() => keyed.debounce(wrong)).toThrow('the wait of debounce was')
    expect(() => keyed.sample(wrong)).toThrow('the period of sample was')
    expect(() => keyed.throttle(wrong)).toThrow('the pause of throttle was')
  }
  expect(() => keyed.throttle('1s', { leading: false })).toThrow('CORE_OPTION_INVALID')
})
