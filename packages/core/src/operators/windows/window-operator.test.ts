import { describe, expect, it } from 'vitest'
import { drive, late, type Reading, type Step } from '../../../test/window-driver.ts'
import { createEnvironment } from '../../api/environment.ts'
import type { Key } from '../../elements/key.ts'
import { count } from '../../functions/aggregates/count.ts'
import { sum } from '../../functions/aggregates/sum.ts'
import { processWindow } from '../../functions/process-window-function.ts'
import { aggregatingState, listState, mapState, reducingState, valueState } from '../../state/descriptors.ts'
import { monotonousTimestamps } from '../../time/watermark-strategy.ts'
import { aggregateWindow } from './aggregate-window.ts'
import { dynamicEventTimeSessionWindows } from './assigners/dynamic-event-time-session-windows.ts'
import { eventTimeSessionWindows } from './assigners/event-time-session-windows.ts'
import { globalWindows } from './assigners/global-windows.ts'
import { slidingEventTimeWindows } from './assigners/sliding-event-time-windows.ts'
import { slidingProcessingTimeWindows } from './assigners/sliding-processing-time-windows.ts'
import { tumblingEventTimeWindows } from './assigners/tumbling-event-time-windows.ts'
import { tumblingProcessingTimeWindows } from './assigners/tumbling-processing-time-windows.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { countEvictor } from './evictors/count-evictor.ts'
import { deltaEvictor } from './evictors/delta-evictor.ts'
import { timeEvictor } from './evictors/time-evictor.ts'
import { processWindowOperator } from './process-window.ts'
import { reduceWindow } from './reduce-window.ts'
import { continuousEventTimeTrigger } from './triggers/continuous-event-time-trigger.ts'
import { continuousProcessingTimeTrigger } from './triggers/continuous-processing-time-trigger.ts'
import { countTrigger } from './triggers/count-trigger.ts'
import { defineTrigger } from './triggers/define-trigger.ts'
import { deltaTrigger } from './triggers/delta-trigger.ts'
import { eventTimeTrigger } from './triggers/event-time-trigger.ts'
import { purgingTrigger } from './triggers/purging-trigger.ts'
import type { WindowStepOptions } from './window-program.ts'

// Single behaviours by name; all of them together are held by the properties in test/window-programs.properties.test.ts.

const record = (key: string, time: number, value = 1): Step => ({ type: 'record', reading: { key, time, value } })
const watermark = (time: number): Step => ({ type: 'watermark', watermark: time })
const clock = (time: number): Step => ({ type: 'clock', time })
const restore: Step = { type: 'restore' }

/** The values of each window that fires. */
function values(
  assigner: WindowAssigner<Reading>,
  options: WindowStepOptions<Reading>,
  steps: readonly Step[],
): string[] {
  const factory = processWindowOperator<Reading, string, string>(
    assigner,
    (readings, { key, window }) => `${key}[${window.start},${window.end}) ${readings.map(({ value }) => value)}`,
    options,
  )
  return drive(factory, steps, 'never').emitted.map(({ result }) => result as string)
}

const windows = tumblingEventTimeWindows(10)

describe('a window that is purged', () => {
  const purging = purgingTrigger(eventTimeTrigger())

  it('stays: a late record is alone in it', () => {
    const steps = [record('a', 1, 1), watermark(9), restore, record('a', 2, 2)]
    expect(values(windows, { trigger: purging, allowedLateness: 5 }, steps)).toEqual(['a[0,10) 1', 'a[0,10) 2'])
    expect(values(windows, { allowedLateness: 5 }, steps)).toEqual(['a[0,10) 1', 'a[0,10) 1,2'])
  })

  it('goes where it has no end and nothing is left of it, so that its key is forgotten', async () => {
    const keys = async (n: number): Promise<number | undefined> => {
      const env = createEnvironment()
      const readings = [1, 2, 3, 4].flatMap((value) => ['a', 'b'].map((key) => ({ key, time: value, value })))
      env
        .fromArray<Reading>(readings)
        .assignTimestamps((r) => r.time, monotonousTimestamps())
        .keyBy((r) => r.key)
        .window(globalWindows())
        .trigger(purgingTrigger(countTrigger(n)))
        .aggregate({ readings: count() }, { id: 'windows' })
        .filter(() => false)
        .print()
      const { metrics } = await env.execute()
      return metrics.steps.find(({ id }) => id === 'windows')?.keys
    }
    expect(await keys(2)).toBe(0)
    expect(await keys(3)).toBe(2)
  })

  it('gives nothing while it holds nothing', () => {
    const trigger = purgingTrigger(continuousEventTimeTrigger(4))
    const steps = [record('a', 1, 1), watermark(4), watermark(8), record('a', 2, 2), watermark(99)]
    expect(values(windows, { trigger }, steps)).toEqual(['a[0,10) 1', 'a[0,10) 2'])
  })
})

describe('a count trigger', () => {
  it('counts from zero once it has fired, and does not fire at the end', () => {
    const steps = [1, 2, 3, 4, 5].map((value) => record('a', value, value))
    expect(values(windows, { trigger: countTrigger(2) }, [...steps, watermark(99)])).toEqual([
      'a[0,10) 1,2',
      'a[0,10) 1,2,3,4',
    ])
  })

  it('adds up what merging windows have counted', () => {
    const steps = [record('a', 0, 1), record('a', 10, 2), record('a', 5, 3)]
    expect(values(eventTimeSessionWindows(5), { trigger: countTrigger(3) }, steps)).toEqual(['a[0,15) 1,2,3'])
  })
})

describe('a continuous trigger', () => {
  it('fires at multiples of its interval, with new records or without, and at the end', () => {
    const steps = [record('a', 3, 1), watermark(3), record('a', 5, 2), watermark(6), watermark(99)]
    expect(values(windows, { trigger: continuousEventTimeTrigger(4) }, steps)).toEqual([
      'a[0,10) 1,2',
      'a[0,10) 1,2',
      'a[0,10) 1,2',
    ])
  })

  it('ends with the input where its window has no end', () => {
    const steps = [record('a', 3, 1), watermark(9), watermark(Number.POSITIVE_INFINITY)]
    expect(values(globalWindows(), { trigger: continuousEventTimeTrigger(4) }, steps)).toHaveLength(3)
  })

  it("goes by the job's clock where it is told to", () => {
    const trigger = continuousProcessingTimeTrigger(4)
    const steps = [clock(2), record('a', 3, 1), clock(4), clock(5), record('a', 3, 2), clock(9)]
    expect(values(globalWindows(), { trigger }, steps)).toEqual([
      'a[-Infinity,Infinity) 1',
      'a[-Infinity,Infinity) 1,2',
    ])
  })
})

describe('a delta trigger', () => {
  it('fires where a record is further from the one that fired last than the threshold', () => {
    const trigger = deltaTrigger<Reading>(2, (last, { value }) => value - last.value)
    const steps = [1, 3, 4, 5, 6, 7].map((value) => record('a', 1, value))
    expect(values(windows, { trigger }, steps)).toEqual(['a[0,10) 1,3,4', 'a[0,10) 1,3,4,5,6,7'])
  })
})

describe('an event-time trigger', () => {
  it('fires at the end of the input where its window has no end', () => {
    const steps = [record('a', 3, 1), watermark(9), record('a', 12, 2), watermark(Number.POSITIVE_INFINITY)]
    expect(values(globalWindows(), { trigger: eventTimeTrigger() }, steps)).toEqual(['a[-Infinity,Infinity) 1,2'])
  })
})

describe('an evictor', () => {
  const steps = [record('a', 1, 1), record('a', 7, 5), record('a', 4, 4), watermark(9), record('a', 8, 6)]

  it('takes records out before the function sees them, for good', () => {
    const options = { evictor: countEvictor<Reading>(2), allowedLateness: 5 }
    expect(values(windows, options, steps)).toEqual(['a[0,10) 5,4', 'a[0,10) 4,6'])
  })

  it('takes records out after the function has seen them', () => {
    const options = { evictor: countEvictor<Reading>(1, { after: true }), allowedLateness: 5 }
    expect(values(windows, options, steps)).toEqual(['a[0,10) 1,5,4', 'a[0,10) 4,6'])
  })

  it('of time looks back from the newest record', () => {
    expect(values(windows, { evictor: timeEvictor<Reading>(3) }, steps)).toEqual(['a[0,10) 5'])
    expect(values(windows, { evictor: timeEvictor<Reading>(4) }, steps)).toEqual(['a[0,10) 5,4'])
  })

  it('of differences compares with the record that came last', () => {
    const evictor = deltaEvictor<Reading>(1, (r, last) => r.value - last.value)
    expect(values(windows, { evictor }, steps)).toEqual(['a[0,10) 1,4'])
  })

  it('keeps the records of aggregates too; where none is left, they are those of nothing', () => {
    const evictor = { name: 'all', evictBefore: () => [] }
    const factory = aggregateWindow<Reading, string, { readings: ReturnType<typeof count<Reading>> }>(
      windows,
      { readings: count<Reading>() },
      { evictor },
    )
    const { emitted, keyCount } = drive(factory, [record('a', 1), watermark(9)], 'never')
    expect(emitted).toEqual([{ result: { key: 'a', window: { start: 0, end: 10 }, readings: 0 }, timestamp: 9 }])
    expect(keyCount).toBe(0)
  })
})

describe('a window function', () => {
  it('keeps state of each window, which is freed with it, and state of each key, which stays', () => {
    const fn = processWindow<readonly Reading[], string>()({
      windowState: {
        firings: valueState<number>(),
        seen: listState<number>(),
        byCount: mapState<number, string>(),
        most: reducingState<number>((a, b) => Math.max(a, b)),
        total: aggregatingState(sum((n: number) => n)),
      },
      globalState: { freed: valueState<number>() },
      process(readings, ctx) {
        const { firings, seen, byCount, most, total } = ctx.windowState
        firings.set((firings.get() ?? 0) + 1)
        seen.add(readings.length)
        byCount.put(readings.length, `f${firings.get()}`)
        most.add(readings.length)
        total.add(readings.length)
        ctx.emit(`${firings.get()}: ${seen.get()}; ${[...byCount.entries()]}; ${most.get()}; ${total.get()}`)
      },
      clear(ctx) {
        ctx.globalState.freed.set((ctx.globalState.freed.get() ?? 0) + 1)
        ctx.emit(`freed ${ctx.globalState.freed.get()}, ${ctx.windowState.firings.get()} firings`)
      },
    })
    const steps = [
      record('a', 1),
      record('a', 2),
      watermark(9),
      restore,
      record('a', 3),
      watermark(11),
      record('a', 15),
    ]
    const factory = processWindowOperator<Reading, string, string>(windows, fn, { allowedLateness: 2 })
    const { emitted, keyCount } = drive(factory, [...steps, watermark(99)], 'never')
    expect(emitted.map(({ result }) => result)).toEqual([
      '1: 2; 2,f1; 2; 2',
      '2: 2,3; 2,f1,3,f2; 3; 5',
      'freed 1, 2 firings',
      '1: 1; 1,f1; 1; 1',
      'freed 2, 1 firings',
    ])
    expect(keyCount).toBe(1)
  })

  it("sees the watermark that fires it, and emits at the window's last time", () => {
    const factory = processWindowOperator<Reading, string, number>(windows, (_, ctx) => ctx.currentWatermark())
    expect(drive(factory, [record('a', 1), watermark(12)], 'never').emitted).toEqual([{ result: 12, timestamp: 9 }])
  })

  it('is given what fast windows come to, late records apart', () => {
    const fn = ({ key, readings }: { key: string; readings: number }) =>
      readings > 1 ? `${key}${readings}` : undefined
    const aggregates = { readings: count<Reading>() }
    for (const assigner of [windows, slidingEventTimeWindows(10, 5), eventTimeSessionWindows(5)]) {
      const factory = aggregateWindow<Reading, string, typeof aggregates, string>(
        assigner,
        aggregates,
        { lateOutput: late },
        fn,
      )
      expect(factory.kind).toBe(`${assigner.kind}-window`)
      const steps = [record('a', 1), record('a', 2), record('b', 2), restore, watermark(30), record('a', 3)]
      const { emitted, late: lateRecords } = drive(factory, steps, 'everywhere, restored')
      expect(new Set(emitted.map(({ result }) => result))).toEqual(new Set(['a2']))
      expect(lateRecords).toHaveLength(1)
    }
  })
})

describe("a window of one's own", () => {
  it('may be none at all, which is counted', () => {
    const own: WindowAssigner<Reading> = {
      kind: 'own',
      domain: 'event-time',
      isMerging: false,
      assign: (time, { value }) => (value > 0 ? [{ start: time, end: time + 1 }] : []),
      defaultTrigger: eventTimeTrigger,
    }
    const factory = reduceWindow<Reading, Key>(own, (a) => a)
    const { emitted, counters } = drive(factory, [record('a', 1, 0), record('a', 1), watermark(5)], 'never')
    expect(emitted).toHaveLength(1)
    expect(counters).toMatchObject({ unassigned: 1, late: 0 })
  })

  it('may be a copy of a built-in one that assigns otherwise, which is what counts', () => {
    const shifted: WindowAssigner<unknown>['assign'] = (time) => [{ start: time + 100, end: time + 101 }]
    const copies: readonly WindowAssigner<Reading>[] = [
      { ...tumblingEventTimeWindows(10), assign: shifted },
      { ...slidingEventTimeWindows(10, 5), assign: shifted },
      { ...eventTimeSessionWindows(10), assign: shifted },
      { ...slidingProcessingTimeWindows(10, 5), assign: shifted },
    ]
    for (const copy of copies) {
      const factories = [
        aggregateWindow(copy, { n: count<Reading>() }, {}, (_, { window }) => window),
        reduceWindow<Reading, Key, unknown>(
          copy,
          (a) => a,
          {},
          (_, { window }) => window,
        ),
      ]
      for (const factory of factories) {
        const steps: Step[] = [record('a', 0), watermark(200), { type: 'clock', time: 200 }]
        expect(drive(factory, steps, 'never').emitted).toEqual([{ result: { start: 100, end: 101 }, timestamp: 100 }])
      }
    }
  })

  it('fails the job where it has no length, or no time', () => {
    const own = (end: number): WindowAssigner<Reading> => ({
      kind: 'own',
      domain: 'event-time',
      isMerging: false,
      assign: (time) => [{ start: time, end }],
      defaultTrigger: eventTimeTrigger,
    })
    for (const end of [1, 0, Number.NaN]) {
      const factory = reduceWindow<Reading, Key>(own(end), (a) => a)
      expect(() => drive(factory, [record('a', 1)], 'never')).toThrow(/the assigner 'own' gave no window/)
    }
  })

  it('merges with its like where its trigger says how', () => {
    const merging = defineTrigger<Reading>()({
      name: 'merged',
      state: { values: listState<number>() },
      onRecord({ value }, _timestamp, { state }) {
        state.values.add(value)
        return state.values.get().length === 3 ? 'fire' : 'continue'
      },
      onMerge({ state, merged }) {
        for (const { state: before } of merged) state.values.addAll(before.values.get())
      },
    })
    const steps = [record('a', 10, 1), record('a', 0, 2), restore, record('a', 5, 3)]
    expect(values(eventTimeSessionWindows(5), { trigger: merging }, steps)).toEqual(['a[0,15) 2,1,3'])
  })
})

describe('windows of processing time', () => {
  it("are those of the job's clock, and wait for what comes in their last ms", () => {
    const steps = [clock(3), record('a', 500, 1), clock(9), record('a', 2, 2), clock(10), record('a', 1, 3)]
    expect(values(tumblingProcessingTimeWindows(10), {}, steps)).toEqual(['a[0,10) 1,2'])
  })
})

describe('what does not go together', () => {
  const refusal = (build: () => unknown, code = 'CORE_WINDOW_INVALID') =>
    expect(build).toThrow(expect.objectContaining({ code }))
  const fn = (readings: readonly Reading[]): number => readings.length

  it('is refused', () => {
    const trigger = deltaTrigger<Reading>(1, () => 0)
    refusal(() => processWindowOperator(eventTimeSessionWindows(5), fn, { trigger }))
    refusal(() => processWindowOperator(tumblingProcessingTimeWindows(5), fn, { allowedLateness: 1 }))
    refusal(() => processWindowOperator(globalWindows(), fn, { perKeyWatermarks: { maxDelay: 1 } }))
    const keeping = processWindow<readonly Reading[], number>()({
      windowState: { n: valueState<number>() },
      process() {},
    })
    refusal(() => processWindowOperator(eventTimeSessionWindows(5), keeping))
    refusal(() => processWindowOperator(windows, 7 as unknown as typeof fn))
    const numberCodec = { name: 'n', version: 1, encode: () => new Uint8Array(), decode: () => 1 }
    for (const state of [
      valueState<number>({ codec: numberCodec }),
      valueState<number>({ ttl: { after: '1h', domain: 'event-time' } }),
    ]) {
      const declared = { name: 'own', state: { state }, onRecord: () => 'continue' as const }
      refusal(() => processWindowOperator(windows, fn, { trigger: declared }), 'CORE_NOT_AVAILABLE')
    }
  })

  it('is refused of triggers and evictors', () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      refusal(() => countTrigger(n))
      refusal(() => countEvictor(n))
      refusal(() => continuousEventTimeTrigger(n))
      refusal(() => continuousProcessingTimeTrigger(n))
      refusal(() => timeEvictor(n))
    }
    refusal(() => deltaTrigger(Number.NaN, () => 0))
    refusal(() => deltaEvictor(Number.NaN, () => 0))
  })

  it('fails the job where a record has no such gap', () => {
    for (const gap of [0, -1, 0.5, Number.NaN]) {
      const factory = reduceWindow<Reading, Key>(
        dynamicEventTimeSessionWindows(() => gap),
        (a) => a,
      )
      expect(() => drive(factory, [record('a', 1)], 'never')).toThrow(/gave no such number for a record/)
    }
  })
})
