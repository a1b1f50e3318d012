import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as core from '../src/index.ts'
import { MillraceError } from '../src/index.ts'
import * as rx from '../src/rxjs/index.ts'

// As a caller without a compiler would write it.
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what types refuse
type Untyped = any
const c: Untyped = core
const untypedRx: Untyped = rx

const byKey = (key: Untyped): Untyped => ({
  key,
  timestamp: () => 1,
  size: 10,
  last: 10,
  wait: 1,
  period: 1,
  pause: 1,
  n: 1,
  by: () => 1,
  aggregate: counts,
  keep: 'first',
  reduce: (a: Untyped) => a,
  process: { processRecord() {} },
})
const rows = [{ key: 'a', time: 1, value: 1 }]
const stream = (): Untyped =>
  c
    .createEnvironment()
    .fromArray(rows)
    .assignTimestamps((r: Untyped) => r.time, c.monotonousTimestamps())
const keyed = (): Untyped => stream().keyBy((r: Untyped) => r.key)
const windows = (): Untyped => keyed().window(c.tumblingEventTimeWindows(10))
const counts = { n: c.count() }
const stateful = (state: Untyped): Untyped => keyed().process({ state: { state }, processRecord() {} })
const assigner = (own: Untyped): Untyped => ({
  kind: 'own',
  domain: 'event-time',
  isMerging: false,
  assign: () => [],
  defaultTrigger: c.eventTimeTrigger,
  ...own,
})
const onRecord = (): string => 'continue'

const notFunctions: Untyped[] = [0, Number.NaN, '5 parsecs', null, {}, []]
const notObjects: Untyped[] = [0, Number.NaN, '5 parsecs', null, () => 5, {}, []]
const notDurations: Untyped[] = [
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1e300,
  '5 parsecs',
  '',
  null,
  {},
  () => 5,
  5n,
]
const notCounts: Untyped[] = [0, ...notDurations]

/** What is asked, the values that are refused, and how it is asked. */
const asked: readonly (readonly [what: string, refused: readonly Untyped[], ask: (given: Untyped) => unknown])[] = [
  ['tumbling windows', notCounts, (x) => c.tumblingEventTimeWindows(x)],
  ['their options', [null, 5, 'x'], (x) => c.tumblingEventTimeWindows(10, x)],
  ['sliding windows', notCounts, (x) => c.slidingEventTimeWindows(x, 1)],
  ['their slide', notCounts, (x) => c.slidingEventTimeWindows(10, x)],
  ['cumulative windows', notCounts, (x) => c.cumulativeEventTimeWindows(10, x)],
  ['calendar units', notCounts, (x) => c.calendarWindows(x, { timeZone: 'UTC' })],
  ['calendar options', [undefined, null, 5, {}], (x) => c.calendarWindows('day', x)],
  ['sessions', notCounts, (x) => c.eventTimeSessionWindows(x)],
  ['dynamic sessions', notFunctions, (x) => c.dynamicEventTimeSessionWindows(x)],
  ['dynamic sessions by the clock', notFunctions, (x) => c.dynamicProcessingTimeSessionWindows(x)],
  ['an assigner', notObjects, (x) => keyed().window(x).aggregate(counts)],
  [
    'an assigner, to reduce',
    notObjects,
    (x) =>
      keyed()
        .window(x)
        .reduce((a: Untyped) => a),
  ],
  ['an assigner without a key', notObjects, (x) => stream().windowAll(x).aggregate(counts)],
  [
    "an assigner's domain",
    notObjects,
    (x) =>
      keyed()
        .window(assigner({ domain: x }))
        .aggregate(counts),
  ],
  [
    "an assigner's trigger",
    [() => 5, 5],
    (x) =>
      keyed()
        .window(assigner({ defaultTrigger: x }))
        .aggregate(counts),
  ],
  [
    'a trigger',
    notObjects,
    (x) =>
      windows()
        .trigger(x ?? 0)
        .aggregate(counts),
  ],
  ["a trigger's name", ['', 5, null], (x) => windows().trigger({ name: x, onRecord }).aggregate(counts)],
  ['what is purged', notObjects, (x) => c.purgingTrigger(x)],
  ['a count trigger', notCounts, (x) => c.countTrigger(x)],
  ["a delta trigger's delta", notFunctions, (x) => c.deltaTrigger(1, x)],
  ['an evictor', notObjects, (x) => windows().evictor(x).aggregate(counts)],
  [
    'an evictor of nothing',
    [{ name: 'x' }, { name: 'x', evictBefore: 5 }],
    (x) => windows().evictor(x).aggregate(counts),
  ],
  ["a delta evictor's delta", notFunctions, (x) => c.deltaEvictor(1, x)],
  ['lateness', notDurations.filter((x) => x !== 0), (x) => windows().allowedLateness(x).aggregate(counts)],
  ['per-key watermarks', notObjects, (x) => windows().perKeyWatermarks(x).aggregate(counts)],
  ['aggregates', notObjects, (x) => windows().aggregate(x)],
  ['a window function', [0, 'x', null, true], (x) => windows().aggregate(counts, x)],
  ["a window's reduce", notFunctions, (x) => windows().reduce(x)],
  ["a count window's reduce", notFunctions, (x) => keyed().countWindow(2).reduce(x)],
  ['a look-back', [undefined, ...notObjects], (x) => keyed().over(x).aggregate(counts)],
  ['its rows', notCounts, (x) => keyed().over({ rows: x }).aggregate(counts)],
  ['duplicates', [undefined, ...notObjects], (x) => keyed().deduplicate(x)],
  ['a ranking', [undefined, ...notObjects], (x) => keyed().topN(1, x)],
  ['how many rank', notCounts, (x) => keyed().topN(x, { by: () => 1 })],
  ['debounce', notCounts, (x) => keyed().debounce(x)],
  ['a process function', [undefined, ...notObjects], (x) => stream().process(x)],
  ['a keyed process function', [undefined, ...notObjects], (x) => keyed().process(x)],
  [
    'a function of connected streams',
    notObjects,
    (x) => {
      const s = stream()
      s.connect(s).process(x)
    },
  ],
  [
    'two functions of connected streams',
    notFunctions,
    (x) => {
      const s = stream()
      s.connect(s).map((a: Untyped) => a, x)
    },
  ],
  [
    'a function of connected keyed streams',
    notObjects,
    (x) => {
      const s = keyed()
      s.connect(s).process(x)
    },
  ],
  [
    'a function of a broadcast',
    notObjects,
    (x) => {
      const s = stream()
      s.connectBroadcast(s).process(x)
    },
  ],
  [
    'a keyed function of a broadcast',
    notObjects,
    (x) => {
      const s = stream()
      s.keyBy(() => 1)
        .connectBroadcast(s)
        .process(x)
    },
  ],
  ['another stream', notObjects, (x) => stream().connect(x)],
  ['another stream with keys', notObjects, (x) => keyed().connect(x)],
  ['another stream for all', notObjects, (x) => stream().connectBroadcast(x)],
  ['another stream in a union', notObjects, (x) => stream().union(x)],
  ['a key selector', notFunctions, (x) => stream().keyBy(x)],
  [
    'timestamps',
    notFunctions,
    (x) => c.createEnvironment().fromArray(rows).assignTimestamps(x, c.monotonousTimestamps()),
  ],
  [
    'watermarks',
    notObjects,
    (x) =>
      c
        .createEnvironment()
        .fromArray(rows)
        .assignTimestamps(() => 1, x),
  ],
  ['punctuated watermarks', notFunctions, (x) => c.punctuatedWatermarks(x)],
  ['a watermark generator', notObjects, (x) => c.customWatermarks(x)],
  ['a tag', [0, '', null, {}, () => 5], (x) => c.outputTag(x)],
  ['the tag of a side output', [undefined, ...notObjects], (x) => stream().getSideOutput(x)],
  ['a sink', notObjects, (x) => stream().sinkTo(x)],
  ['a source', notObjects, (x) => c.createEnvironment().fromSource(x)],
  ["a state's options", [null, 5], (x) => stateful(c.valueState(x))],
  ["a state's codec", notObjects, (x) => stateful(c.listState({ codec: x }))],
  ["an operator state's codec", notObjects, (x) => c.operatorListState({ codec: x })],
  ["a state's TTL", notObjects, (x) => stateful(c.mapState({ ttl: x }))],
  ["a state's age", notCounts, (x) => stateful(c.valueState({ ttl: { after: x, domain: 'event-time' } }))],
  ['a job', notFunctions, (x) => c.defineJob('job', x)],
  ["a job's name", ['', 5, null, {}], (x) => c.defineJob(x, () => {})],
  ["an environment's name", ['', 5, {}], (x) => c.createEnvironment({ name: x })],
  ['restarts', notObjects, (x) => stream().environment.executeAsync({ restart: x })],
  ['a storage', notObjects, (x) => stream().environment.executeAsync({ checkpoints: { storage: x } })],
  ...['sum', 'mean', 'min', 'max', 'median', 'variance', 'standardDeviation', 'skewness', 'kurtosis', 'slope'].map(
    (name) => [name, [undefined, ...notFunctions], (x: Untyped) => c[name](x)] as const,
  ),
  ['a step of through', notFunctions, (x) => untypedRx.through(x)],
  ['an observable', notObjects, (x) => untypedRx.fromObservable(x, { overflow: 'fail' })],
  ['how it overflows', notObjects, (x) => untypedRx.fromObservable({ subscribe() {} }, x)],
  ['a stream to observe', notObjects, (x) => untypedRx.toObservable(x)],
  ['a timestamp in RxJS', [undefined, ...notFunctions], (x) => untypedRx.over({ ...byKey(() => 1), timestamp: x })],
  ...[
    'tumblingWindow',
    'countWindow',
    'over',
    'deduplicate',
    'topN',
    'reduceByKey',
    'processByKey',
    'debounceByKey',
  ].map(
    (name) => [`the key of ${name}`, [undefined, ...notFunctions], (x: Untyped) => untypedRx[name](byKey(x))] as const,
  ),
  ...['covariance', 'correlation'].map(
    (name) => [name, [undefined, ...notFunctions], (x: Untyped) => c[name](() => 1, x)] as const,
  ),
  ...['countDistinct', 'approximateCountDistinct', 'collect', 'collectSet', 'mode', 'first', 'last'].map(
    (name) => [name, notFunctions, (x: Untyped) => c[name](x)] as const,
  ),
]

describe('what types would refuse', () => {
  it.each(asked)('is refused when the job is built: %s', (_what, refused, ask) => {
    for (const given of refused) {
      let thrown: unknown
      try {
        ask(given)
      } catch (error) {
        thrown = error
      }
      expect(thrown, `given ${String(given)}`).toBeInstanceOf(MillraceError)
    }
  })

  it('is refused of a trigger while it works: a result that is none', async () => {
    const job = windows()
      .trigger({ name: 'silent', onRecord: () => undefined })
      .aggregate(counts)
    await expect(job.executeAndCollect()).rejects.toThrow("the trigger 'silent' gave undefined, which is no result")
  })

  it("is refused of a function while it works, without showing what may be a record's", async () => {
    const name = 'Canary Kestrel-Quill'
    const timers = (domain: string): Untyped => ({
      name: 'own',
      onRecord(_record: Untyped, _window: Untyped, ctx: Untyped) {
        ctx.timers[domain].register(name)
        return 'continue'
      },
    })
    const jobs: [Untyped, string][] = [
      [
        windows()
          .trigger({ name: 'own', onRecord: () => name })
          .aggregate(counts),
        "the trigger 'own' gave string",
      ],
      [windows().trigger(timers('eventTime')).aggregate(counts), 'a trigger registered a timer for what is no finite'],
      [
        keyed().process({
          processRecord(_record: Untyped, ctx: Untyped) {
            ctx.timers.eventTime.register(name)
          },
        }),
        'a timer was registered for what is no finite number',
      ],
    ]
    for (const [job, what] of jobs) {
      const refused: Error = await job.executeAndCollect().catch((error: Error) => error)
      expect(refused.message).toContain(what)
      expect(inspect(refused, { depth: 20 })).not.toContain(name)
    }
  })
})
