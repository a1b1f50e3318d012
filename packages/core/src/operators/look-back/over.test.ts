import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../api/environment.ts'
import { outputTag } from '../../elements/output-tag.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import { count } from '../../functions/aggregates/count.ts'
import { first } from '../../functions/aggregates/first.ts'
import { max } from '../../functions/aggregates/max.ts'
import { mean } from '../../functions/aggregates/mean.ts'
import { sum } from '../../functions/aggregates/sum.ts'
import { variance } from '../../functions/aggregates/variance.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { operatorHarness } from '../../testing/operator-harness.ts'
import { record, type ScriptElement, watermark } from '../../testing/script.ts'
import { verifyOperator } from '../../testing/verify-operator.ts'
import { boundedOutOfOrderness } from '../../time/watermark-strategy.ts'
import type { LookBack, OverOptions } from './look-back.ts'
import { overOperator } from './over.ts'

interface Reading {
  readonly bed: string
  readonly value: number
}

const keyBy = (reading: Reading): string => reading.bed
const read = (bed: string, value: number, timestamp: number): ScriptElement<Reading> =>
  record({ bed, value }, timestamp)
const benchOptions = {
  keyBy: keyBy as never,
  inputs: 1,
  maxParallelism: 4,
  isReplay: true,
  shouldPause: () => false,
}
const total = { total: sum((r: Reading) => r.value), readings: count<Reading>() }

/** What came of each record, as `bed value: total of readings`. */
function told(lookBack: LookBack, elements: readonly ScriptElement<Reading>[], options: OverOptions = {}): string[] {
  const harness = operatorHarness(overOperator<Reading, typeof total>(lookBack, total, options), { keyBy })
  for (const element of elements) {
    if (element.type === 'record') harness.process(element.value, element.timestamp)
    else if (element.type === 'watermark') harness.watermark(element.watermark)
  }
  return harness.output().map(({ value: { value, total: sum, readings } }) => {
    return `${value.bed}${value.value}: ${sum} of ${readings}`
  })
}

describe('a look-back in event time', () => {
  it('waits for the watermark, then takes records by time', () => {
    const harness = operatorHarness(overOperator({ last: 10 }, total), { keyBy })
    harness.process({ bed: 'a', value: 2 }, 8)
    harness.process({ bed: 'a', value: 1 }, 3)
    expect(harness.output()).toEqual([])
    harness.watermark(7)
    expect(harness.output()).toEqual([
      { value: { value: { bed: 'a', value: 1 }, total: 1, readings: 1 }, timestamp: 3 },
    ])
    harness.watermark(8)
    expect(harness.output()).toEqual([
      { value: { value: { bed: 'a', value: 2 }, total: 3, readings: 2 }, timestamp: 8 },
    ])
  })

  it('over a time has both ends in it', () => {
    expect(told({ last: 10 }, [read('a', 1, 0), read('a', 2, 10), read('a', 4, 11), watermark(20)])).toEqual([
      'a1: 1 of 1',
      'a2: 3 of 2',
      'a4: 6 of 2',
    ])
  })

  it('over a time counts records of one time for each other, over rows one after the other', () => {
    const script = [read('a', 1, 5), read('a', 2, 5), read('a', 4, 5), watermark(5)]
    expect(told({ last: 10 }, script)).toEqual(['a1: 7 of 3', 'a2: 7 of 3', 'a4: 7 of 3'])
    expect(told({ last: 'unbounded' }, script)).toEqual(['a1: 7 of 3', 'a2: 7 of 3', 'a4: 7 of 3'])
    expect(told({ rows: 2 }, script)).toEqual(['a1: 1 of 1', 'a2: 3 of 2', 'a4: 6 of 2'])
    expect(told({ rows: 'unbounded' }, script)).toEqual(['a1: 1 of 1', 'a2: 3 of 2', 'a4: 7 of 3'])
  })

  it('over rows and a time has those within both', () => {
    const script = [
      read('a', 1, 0),
      read('a', 2, 1),
      read('a', 4, 2),
      read('a', 8, 12),
      read('a', 16, 30),
      watermark(40),
    ]
    expect(told({ rows: 2, last: 10 }, script)).toEqual([
      'a1: 1 of 1',
      'a2: 3 of 2',
      'a4: 6 of 2',
      'a8: 12 of 2',
      'a16: 16 of 1',
    ])
  })

  it('gives results of one time in the order of their keys', () => {
    const script = [read('b', 1, 5), read('a', 2, 5), read('c', 4, 4), watermark(5)]
    expect(told({ last: 10 }, script)).toEqual(['c4: 4 of 1', 'a2: 2 of 1', 'b1: 1 of 1'])
  })

  it('counts what is behind the watermark, and sends it to the late output', () => {
    const late = outputTag<Reading>('late')
    const harness = operatorHarness(overOperator({ last: 10 }, total, { lateOutput: late }), { keyBy })
    harness.watermark(5)
    harness.process({ bed: 'a', value: 1 }, 5)
    harness.process({ bed: 'a', value: 2 }, 6)
    harness.watermark(9)
    expect(harness.sideOutput(late)).toEqual([{ value: { bed: 'a', value: 1 }, timestamp: 5 }])
    expect(harness.output().map(({ value }) => value.total)).toEqual([2])
    expect(harness.counters().late).toBe(1)
  })

  it('does not remember huge values that have left', () => {
    const spread = { total: sum((r: Reading) => r.value), spread: variance((r: Reading) => r.value) }
    for (const lookBack of [{ last: 10 }, { rows: 2 }]) {
      const harness = operatorHarness(overOperator<Reading, typeof spread>(lookBack, spread), { keyBy })
      for (const [time, value] of Object.entries({ 0: 1e40, 1: 1e20, 5: 36.5, 12: 36.75 })) {
        harness.process({ bed: 'a', value }, Number(time))
      }
      harness.watermark(20)
      expect(harness.output().at(-1)?.value).toMatchObject({ total: 73.25, spread: 0.03125 })
    }
  })

  it('goes on right when many rows have come and gone', () => {
    const rows = Array.from({ length: 500 }, (_, i) => read('a', i, i))
    const lines = told({ last: 9 }, [...rows, watermark(1_000)])
    // The sum of ten numbers in a row.
    expect(lines.slice(9)).toEqual(rows.slice(9).map((_, i) => `a${i + 9}: ${10 * i + 45} of 10`))
    expect(told({ rows: 10 }, [...rows, watermark(1_000)])).toEqual(lines)
    expect(told({ last: 9 }, rows, { order: 'arrival' })).toEqual(lines)
  })

  it('takes every kind of aggregate', () => {
    const harness = operatorHarness(
      overOperator(
        { rows: 3 },
        { all: count<Reading>(), top: max((r: Reading) => r.value), mean: mean((r: Reading) => r.value) },
      ),
      { keyBy },
    )
    for (const [at, value] of [9, 1, 4, 7].entries()) harness.process({ bed: 'a', value }, at)
    harness.watermark(9)
    expect(harness.output().at(-1)?.value).toEqual({ value: { bed: 'a', value: 7 }, all: 3, top: 7, mean: 4 })
  })

  it('refuses a record without a timestamp', () => {
    const harness = operatorHarness(overOperator({ last: 10 }, total), { keyBy })
    expect(() => harness.process({ bed: 'a', value: 1 }, NO_TIMESTAMP)).toThrow(/CORE_TIMESTAMP_MISSING/)
  })
})

describe('a look-back in order of arrival', () => {
  it('gives its result at once', () => {
    const harness = operatorHarness(overOperator({ last: 10 }, total, { order: 'arrival' }), { keyBy })
    harness.process({ bed: 'a', value: 1 }, 0)
    expect(harness.output().map(({ value }) => value.total)).toEqual([1])
    harness.process({ bed: 'a', value: 2 }, 10)
    expect(harness.output().map(({ value }) => value.total)).toEqual([3])
  })

  it('looks back from the time of each record, also of one out of order', () => {
    const script = [read('a', 1, 0), read('a', 2, 20), read('a', 4, 9), read('a', 8, 20)]
    expect(told({ last: 11 }, script, { order: 'arrival' })).toEqual([
      'a1: 1 of 1',
      'a2: 2 of 1',
      'a4: 5 of 2',
      'a8: 14 of 3',
    ])
  })

  it('still sees at exactly its range what the watermark has nearly passed', () => {
    const script = [read('a', 1, 0), read('a', 2, 30), watermark(9), read('a', 4, 10)]
    expect(told({ last: 10 }, script, { order: 'arrival' }).at(-1)).toBe('a4: 5 of 2')
    const more = [
      read('a', 1, 0),
      read('a', 2, 1),
      read('a', 8, 30),
      watermark(10),
      read('a', 4, 11),
      read('a', 16, 11),
    ]
    expect(told({ last: 10 }, more, { order: 'arrival' }).slice(-2)).toEqual(['a4: 6 of 2', 'a16: 22 of 3'])
  })

  it('over rows goes by arrival alone, and nothing is late', () => {
    const script = [read('a', 1, 0), watermark(50), read('a', 2, 20), read('a', 4, 9)]
    expect(told({ rows: 2 }, script, { order: 'arrival' })).toEqual(['a1: 1 of 1', 'a2: 3 of 2', 'a4: 6 of 2'])
  })
})

describe('a look-back behind verifyOperator', () => {
  const everything = { ...total, top: max((r: Reading) => r.value), oldest: first((r: Reading) => r.value) }
  const script: readonly ScriptElement<Reading>[] = [
    read('b', 1, 5),
    read('a', 2, 3),
    read('a', 3, 12),
    watermark(4),
    read('b', 9, 5),
    read('c', 4, 11),
    watermark(9),
    read('a', 5, 11),
    read('a', 5.25, 11),
    watermark(25),
    read('b', 6, 8),
    read('b', 7, 31),
    read('c', 8, 44),
    read('c', 0.1, 41),
    read('a', 8.5, 26),
    watermark(60),
    read('a', 9, 61),
    read('a', 10, 66),
    read('a', 11, 64),
  ]
  const cases: [LookBack, OverOptions][] = [
    [{ last: 10 }, {}],
    [{ last: 'unbounded' }, {}],
    [{ rows: 2 }, {}],
    [{ rows: 'unbounded' }, {}],
    [{ rows: 2, last: 10 }, {}],
    [{ last: 10 }, { order: 'arrival' }],
    [{ rows: 2 }, { order: 'arrival' }],
    [{ rows: 'unbounded' }, { order: 'arrival' }],
  ]
  it.each(cases)('%j %j', (lookBack, options) =>
    verifyOperator(overOperator(lookBack, everything, { ...options, lateOutput: outputTag<Reading>('late') }), script, {
      keyBy,
      allowsLate: options.order === 'arrival' && lookBack.rows !== undefined,
    }),
  )
})

describe('the state of a look-back', () => {
  it.each<[LookBack, OverOptions]>([
    [{ last: 9 }, {}],
    [{ rows: 10 }, {}],
    [{ last: 9 }, { order: 'arrival' }],
    [{ rows: 10 }, { order: 'arrival' }],
  ])('has what a restart needs, whenever it comes: %j %j', (lookBack, options) => {
    const totals = (restarts: boolean): number[] => {
      const harness = operatorHarness(overOperator<Reading, typeof total>(lookBack, total, options), { keyBy })
      const found: number[] = []
      for (let time = 0; time < 120; time++) {
        harness.process({ bed: 'a', value: time }, time)
        harness.watermark(time - 3)
        if (restarts) harness.restart()
        found.push(...harness.output().map(({ value }) => value.total))
      }
      return found
    }
    expect(totals(true)).toEqual(totals(false))
  })

  it.each<[LookBack, OverOptions]>([
    [{ last: 9 }, {}],
    [{ rows: 10 }, {}],
    [{ rows: 'unbounded' }, {}],
    [{ last: 9 }, { order: 'arrival' }],
    [{ rows: 10 }, { order: 'arrival' }],
  ])('does not grow with what has passed: %j %j', (lookBack, options) => {
    const bench = new OperatorBench(overOperator(lookBack, total, options), benchOptions)
    const bytesAfter = (from: number, to: number): number => {
      for (let time = from; time < to; time++) {
        bench.apply(read('a', 1, time))
        if (time % 5 === 0) bench.apply(watermark(time - 3))
      }
      return bench.snapshot(1).byteLength
    }
    const few = bytesAfter(0, 100)
    expect(bytesAfter(100, 3_000)).toBeLessThan(3 * few)
  })
})

describe('a look-back that forgets idle keys', () => {
  const cases: [LookBack, OverOptions][] = [
    [{ rows: 3 }, { idleAfter: 10 }],
    [{ rows: 'unbounded' }, { idleAfter: 10 }],
    [{ last: 'unbounded' }, { idleAfter: 10 }],
    [{ rows: 3 }, { idleAfter: 10, order: 'arrival' }],
    [{ rows: 'unbounded' }, { idleAfter: 10, order: 'arrival' }],
  ]
  const script = [
    read('a', 1, 0),
    read('a', 2, 9),
    watermark(9),
    read('b', 4, 18),
    watermark(18),
    read('a', 8, 19),
    watermark(27),
    read('b', 16, 28),
    watermark(28),
  ]

  it.each(cases)('begins anew at exactly that age, and not 1 ms before: %j %j', (lookBack, options) => {
    expect(told(lookBack, [...script.slice(0, 5), read('a', 8, 18), watermark(18)], options)).toEqual([
      'a1: 1 of 1',
      'a2: 3 of 2',
      'b4: 4 of 1',
      ...(options.order === 'arrival' ? ['a8: 11 of 3'] : []),
    ])
    expect(told(lookBack, [...script.slice(0, 3), read('a', 8, 18), watermark(18)], options).at(-1)).toBe('a8: 11 of 3')
    expect(
      told(
        lookBack,
        [...script.slice(0, 3), read('b', 8, 19), watermark(19), read('a', 8, 20), watermark(20)],
        options,
      ).at(-1),
    ).toBe('a8: 8 of 1')
  })

  it.each(cases)('has no state of a key that is silent: %j %j', (lookBack, options) => {
    const bench = new OperatorBench(overOperator(lookBack, total, options), benchOptions)
    const keysAt = (...elements: ScriptElement<Reading>[]): number | undefined => {
      for (const element of elements) bench.apply(element)
      return bench.keyCount()
    }
    expect(keysAt(read('a', 1, 0), read('b', 1, 5), watermark(9))).toBe(2)
    expect(keysAt(watermark(10))).toBe(1)
    expect(keysAt(read('b', 1, 12), watermark(21))).toBe(1)
    expect(keysAt(watermark(22))).toBe(0)
  })

  it.each(cases)('behaves behind verifyOperator: %j %j', (lookBack, options) =>
    verifyOperator(overOperator(lookBack, total, options), script, { keyBy, allowsLate: options.order === 'arrival' }),
  )

  it('in event time goes by the times of records, however far the watermark jumps', () => {
    const rows = [read('a', 1, 0), read('a', 2, 9), read('a', 4, 19), read('a', 8, 28)]
    expect(told({ rows: 9 }, [...rows, watermark(100)], { idleAfter: 10 })).toEqual([
      'a1: 1 of 1',
      'a2: 3 of 2',
      'a4: 4 of 1',
      'a8: 12 of 2',
    ])
  })

  it('in order of arrival shows a record that is as late as that alone, and keeps nothing of it', () => {
    const script = [watermark(20), read('a', 1, 10), read('a', 2, 10), read('a', 4, 11), read('a', 8, 0)]
    expect(told({ rows: 9 }, script, { idleAfter: 10, order: 'arrival' })).toEqual([
      'a1: 1 of 1',
      'a2: 2 of 1',
      'a4: 4 of 1',
      'a8: 12 of 2',
    ])
  })
})

describe('what a look-back refuses', () => {
  it.each<[string, LookBack, OverOptions]>([
    ['CORE_WINDOW_INVALID', {}, {}],
    ['CORE_WINDOW_INVALID', { last: 0 }, {}],
    ['CORE_WINDOW_INVALID', { last: 1e15 }, {}],
    ['CORE_WINDOW_INVALID', { rows: 0 }, {}],
    ['CORE_WINDOW_INVALID', { rows: 1.5 }, {}],
    ['CORE_DURATION_INVALID', { last: 'soon' }, {}],
    ['CORE_OPTION_INVALID', { last: 5 }, { order: 'time' as 'arrival' }],
    ['CORE_OPTION_INVALID', { last: 5, rows: 2 }, { order: 'arrival' }],
    ['CORE_OPTION_INVALID', { last: 'unbounded' }, { order: 'arrival' }],
    ['CORE_OPTION_INVALID', { last: 5 }, { idleAfter: 5 }],
    ['CORE_WINDOW_INVALID', { rows: 5 }, { idleAfter: 0 }],
    ['CORE_DURATION_INVALID', { rows: 5 }, { idleAfter: 'later' }],
  ])('%s for %j %j', (code, lookBack, options) => {
    expect(() => overOperator(lookBack, total, options)).toThrow(expect.objectContaining({ code }))
  })

  it('an aggregate called value, and none at all', () => {
    const named: Aggregates<Reading> = { value: count() }
    expect(() => overOperator({ last: 5 }, named)).toThrow(/CORE_AGGREGATE_INVALID/)
    expect(() => overOperator({ last: 5 }, {})).toThrow(/CORE_AGGREGATE_INVALID/)
  })

  it('the state of another look-back', () => {
    const restored = { snapshot: new OperatorBench(overOperator({ last: 5 }, total), benchOptions).snapshot(1), now: 0 }
    const open = (lookBack: LookBack, aggregates: Aggregates<Reading>): OperatorBench =>
      new OperatorBench(overOperator(lookBack, aggregates), benchOptions, restored)
    expect(() => open({ last: 50 }, total)).toThrow(/CORE_STATE_INCOMPATIBLE/)
    expect(() => open({ last: 5 }, { n: count() })).not.toThrow()
  })
})

describe('over, in a job', () => {
  it('gives a rolling mean for each reading', async () => {
    const env = createEnvironment()
    const readings = [
      { bed: 'a', time: 0, value: 60 },
      { bed: 'a', time: 120_000, value: 90 },
      { bed: 'a', time: 60_000, value: 70 },
      { bed: 'a', time: 361_000, value: 80 },
    ]
    const rolling = env
      .fromArray(readings)
      .assignTimestamps((r) => r.time, boundedOutOfOrderness('2m'))
      .keyBy((r) => r.bed)
      .over({ last: '5m' })
      .aggregate({ average: mean((r) => r.value), readings: count() })
    expect(await rolling.executeAndCollect()).toEqual([
      { value: readings[0], average: 60, readings: 1 },
      { value: readings[2], average: 65, readings: 2 },
      { value: readings[1], average: 220 / 3, readings: 3 },
      { value: readings[3], average: 85, readings: 2 },
    ])
  })

  it('has a late output', async () => {
    const late = outputTag<{ time: number }>('late')
    const env = createEnvironment()
    const counted = env
      .fromArray([{ time: 100 }, { time: 5 }])
      .assignTimestamps((r) => r.time, boundedOutOfOrderness(0))
      .keyBy(() => 'all')
      .over({ rows: 2 })
      .sideOutputLateData(late)
      .aggregate({ n: count() })
    expect(await counted.getSideOutput(late).executeAndCollect()).toEqual([{ time: 5 }])
  })
})
