import { describe, expect, it } from 'vitest'
import {
  boundedOutOfOrderness,
  count,
  countTrigger,
  createEnvironment,
  type DataStream,
  globalWindows,
  max,
  outputTag,
  processWindow,
  type StreamEnvironment,
  slidingEventTimeWindows,
  sum,
  tumblingEventTimeWindows,
  tumblingProcessingTimeWindows,
  valueState,
} from '../src/index.ts'

interface Reading {
  readonly id: string
  readonly at: number
  readonly value: number
}

const readings: readonly Reading[] = [
  { id: 'a', at: 1, value: 1 },
  { id: 'b', at: 3, value: 2 },
  { id: 'a', at: 12, value: 4 },
  { id: 'a', at: 14, value: 8 },
  { id: 'b', at: 25, value: 16 },
  { id: 'a', at: 38, value: 32 },
]

function streamOf(env: StreamEnvironment, values: readonly Reading[] = readings): DataStream<Reading> {
  return env.fromArray(values).assignTimestamps((r) => r.at, boundedOutOfOrderness(0))
}

describe('windows in a job', () => {
  it('are of the results of windows as well', async () => {
    const env = createEnvironment()
    const perKey = streamOf(env)
      .keyBy((r) => r.id)
      .window(tumblingEventTimeWindows(10))
      .aggregate({ total: sum((r) => r.value) })
    const highest = perKey.windowAll(tumblingEventTimeWindows(20)).aggregate({
      highest: max((w) => w.total),
      windows: count(),
    })
    expect(await highest.executeAndCollect()).toEqual([
      { window: { start: 0, end: 20 }, highest: 12, windows: 3 },
      { window: { start: 20, end: 40 }, highest: 32, windows: 2 },
    ])
  })

  it('are of results of the general operator as well, which come before their watermark', async () => {
    const env = createEnvironment()
    const late = outputTag<number>('late')
    const totals = streamOf(env)
      .keyBy((r) => r.id)
      .window(slidingEventTimeWindows(20, 10))
      .process((records) => records.reduce((total, r) => total + r.value, 0))
    const sums = totals
      .windowAll(tumblingEventTimeWindows(10))
      .sideOutputLateData(late)
      .reduce((a, b) => a + b)
    expect(await sums.executeAndCollect()).toEqual([3, 15, 28, 48, 32])
  })

  it('of a whole stream give results without a key', async () => {
    const env = createEnvironment()
    const windows = streamOf(env).windowAll(tumblingEventTimeWindows(20))
    expect(await windows.aggregate({ n: count() }).executeAndCollect()).toEqual([
      { window: { start: 0, end: 20 }, n: 4 },
      { window: { start: 20, end: 40 }, n: 2 },
    ])
    expect(
      await windows
        .aggregate({ n: count() }, (result, { window }) => `${window.start}: ${result.n}, ${Object.keys(result)}`)
        .executeAndCollect(),
    ).toEqual(['0: 4, window,n', '20: 2, window,n'])
    expect(await windows.process((records) => records.map((r) => r.id).join('')).executeAndCollect()).toEqual([
      'abaa',
      'ba',
    ])
    const firings = processWindow<readonly Reading[], number, never>()({
      windowState: { firings: valueState<number>() },
      process(_records, ctx) {
        ctx.windowState.firings.set((ctx.windowState.firings.get() ?? 0) + 1)
        ctx.emit(ctx.windowState.firings.get() as number)
      },
    })
    expect(await windows.trigger(countTrigger(2)).process(firings).executeAndCollect()).toEqual([1, 2, 1])
  })

  it('of so many records need no timestamps', async () => {
    const env = createEnvironment()
    const numbers = env.fromArray([1, 2, 3, 4, 5])
    expect(
      await numbers
        .countWindowAll(2)
        .reduce((a, b) => a + b)
        .executeAndCollect(),
    ).toEqual([3, 7])
    expect(
      await numbers
        .countWindowAll(3, 1)
        .aggregate({ total: sum((n) => n) })
        .executeAndCollect(),
    ).toEqual([1, 3, 6, 9, 12].map((total) => ({ total })))
    const parity = numbers.keyBy((n) => n % 2 === 0)
    expect(await parity.countWindow(2).aggregate({ n: count() }).executeAndCollect()).toEqual([
      { key: false, n: 2 },
      { key: true, n: 2 },
    ])
    expect(
      await parity
        .countWindow(2, 1)
        .process((ns, ctx) => `${ctx.key} ${ns}`)
        .executeAndCollect(),
    ).toEqual(['false 1', 'true 2', 'false 1,3', 'true 2,4', 'false 3,5'])
    const everything = numbers.keyBy(() => 0).window(globalWindows())
    expect(await everything.trigger(countTrigger(5)).aggregate({ n: count() }).executeAndCollect()).toEqual([
      { key: 0, window: { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }, n: 5 },
    ])
  })

  it("go by each key's own time where they are told to", async () => {
    const env = createEnvironment()
    const behind = [...readings, { id: 'c', at: 5, value: 64 }, { id: 'c', at: 26, value: 128 }]
    const late = outputTag<Reading>('late')
    const windows = streamOf(env, behind)
      .keyBy((r) => r.id)
      .window(tumblingEventTimeWindows(20))
      .sideOutputLateData(late)
    const byStream = windows.aggregate({ total: sum((r) => r.value) })
    expect(await byStream.getSideOutput(late).executeAndCollect()).toEqual(behind.slice(-2, -1))
    const byKey = windows.perKeyWatermarks({ maxDelay: 0 }).aggregate({ total: sum((r) => r.value) })
    const results = await byKey.executeAndCollect()
    expect(results).toContainEqual({ key: 'c', window: { start: 0, end: 20 }, total: 64 })
    expect(results.filter(({ key }) => key === 'a').map(({ total }) => total)).toEqual([13, 32])
  })

  it('of processing time follow the data in a replay', async () => {
    const env = createEnvironment()
    const windows = streamOf(env)
      .keyBy((r) => r.id)
      .window(tumblingProcessingTimeWindows(20))
      .aggregate({ total: sum((r) => r.value) })
    // What is due after the last record does not fire.
    expect(await windows.executeAndCollect()).toEqual([
      { key: 'a', window: { start: 0, end: 20 }, total: 13 },
      { key: 'b', window: { start: 0, end: 20 }, total: 2 },
    ])
    const timeless = createEnvironment().fromArray([1]).windowAll(tumblingProcessingTimeWindows(20))
    await expect(timeless.aggregate({ n: count() }).executeAndCollect()).rejects.toThrow(/no time in a replay/)
  })

  it('show in explain what they are', () => {
    const env = createEnvironment()
    streamOf(env)
      .keyBy((r) => r.id)
      .window(tumblingEventTimeWindows(20))
      .trigger(countTrigger(2))
      .process((records) => records.length)
      .print()
    expect(env.explain()).toContain('20 ms; trigger count(2); records')
  })
})
