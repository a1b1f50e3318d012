import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_WATERMARK, MIN_WATERMARK } from '../src/elements/timestamp.ts'
import { functionSink } from '../src/operators/sinks/function-sink.ts'
import {
  boundedOutOfOrderness,
  customWatermarks,
  noWatermarks,
  punctuatedWatermarks,
  type WatermarkStrategy,
} from '../src/time/watermark-strategy.ts'
import { propertyRuns } from './property-runs.ts'
import { SteppedJob, splitSource } from './split-driver.ts'

interface Row {
  readonly time: number
  readonly says?: number
}

const kinds = ['bounded', 'punctuated', 'every-second', 'none'] as const
type Kind = (typeof kinds)[number]

function strategyOf(kind: Kind): WatermarkStrategy<Row> {
  switch (kind) {
    case 'bounded':
      return boundedOutOfOrderness<Row>(3)
    case 'punctuated':
      return punctuatedWatermarks((row: Row) => row.says)
    case 'every-second':
      return customWatermarks({
        name: 'every second record',
        create: () => ({ records: 0 }),
        onRecord(state, _row: Row, timestamp) {
          state.records += 1
          return state.records % 2 === 0 ? timestamp - 1 : undefined
        },
      })
    case 'none':
      return noWatermarks<Row>()
  }
}

/** What a strategy makes of all records of a split so far, as a list. */
function watermarkOf(
  kind: Kind,
  rows: readonly Row[],
  isFuture: (index: number) => boolean,
  limits: readonly number[],
): number {
  let watermark = MIN_WATERMARK
  let seen = 0
  rows.forEach((row, i) => {
    if (isFuture(i)) return
    seen += 1
    const said =
      kind === 'bounded'
        ? row.time - 4
        : kind === 'punctuated'
          ? row.says
          : kind === 'every-second' && seen % 2 === 0
            ? row.time - 1
            : undefined
    if (said === undefined || (kind !== 'bounded' && said > (limits[i] as number))) return
    watermark = Math.max(watermark, said)
  })
  return watermark
}

/** The records in the order of replay, each with the watermark that it met. */
function model(kind: Kind, splits: readonly (readonly Row[])[], maxFuture: number, idleAfter: number): string[] {
  const own = splits.map((rows) => ({
    rows,
    taken: 0,
    futures: [] as boolean[],
    limits: [] as number[],
    watermark: rows.length === 0 ? MAX_WATERMARK : MIN_WATERMARK,
    isIdle: false,
    activeAt: MIN_WATERMARK,
  }))
  const told: string[] = []
  let clock = MIN_WATERMARK
  let combined = MIN_WATERMARK
  const combine = (): void => {
    const open = own.filter(({ watermark }) => watermark !== MAX_WATERMARK)
    const active = open.filter(({ isIdle }) => !isIdle)
    if (open.length === 0) combined = MAX_WATERMARK
    else if (active.length > 0) combined = Math.max(combined, Math.min(...active.map(({ watermark }) => watermark)))
  }
  // A row's place is read when it comes to be the next of its split.
  const place = (row: Row): number =>
    clock !== MIN_WATERMARK && row.time > clock + maxFuture ? MIN_WATERMARK : row.time
  const places = own.map(({ rows }) => (rows[0] === undefined ? Number.POSITIVE_INFINITY : place(rows[0])))
  combine()
  for (;;) {
    let next = -1
    own.forEach(({ taken, rows }, i) => {
      if (taken < rows.length && (next < 0 || (places[i] as number) < (places[next] as number))) next = i
    })
    const split = own[next]
    if (split === undefined) return told
    const row = split.rows[split.taken] as Row
    if ((places[next] as number) > clock) {
      clock = places[next] as number
      for (const other of own) {
        if (other.watermark === MAX_WATERMARK || other.isIdle) continue
        if (other.activeAt === MIN_WATERMARK) other.activeAt = clock
        if (clock < other.activeAt + idleAfter) continue
        other.isIdle = true
        combine()
      }
    }
    split.activeAt = clock
    split.isIdle = false
    told.push(`${next}.${split.taken}@${combined}`)
    split.futures.push(clock !== MIN_WATERMARK && row.time > clock + maxFuture)
    split.limits.push(clock === MIN_WATERMARK ? MAX_WATERMARK : clock + maxFuture)
    split.taken += 1
    const reached = watermarkOf(
      kind,
      split.rows.slice(0, split.taken),
      (i) => split.futures[i] as boolean,
      split.limits,
    )
    if (reached > split.watermark) {
      split.watermark = reached
      combine()
    }
    if (split.taken === split.rows.length) {
      split.watermark = MAX_WATERMARK
      combine()
    } else places[next] = place(split.rows[split.taken] as Row)
  }
}

const row: fc.Arbitrary<Row> = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -10, max: 40 }) },
      { weight: 1, arbitrary: fc.constant(8.64e15) },
    ),
    fc.option(fc.integer({ min: -20, max: 60 }), { nil: undefined }),
  )
  .map(([time, says]) => (says === undefined ? { time } : { time, says }))

const input = fc.record({
  kind: fc.constantFrom(...kinds),
  splits: fc.array(fc.array(row, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
  maxFuture: fc.constantFrom(undefined, 0, 5, 20),
  idleAfter: fc.constantFrom(undefined, 1, 8),
  batch: fc.integer({ min: 1, max: 4 }),
  restoreEvery: fc.constantFrom(0, 1, 3),
})

/** A source of rows, stepped until its end; what each row met. */
function run(
  { kind, splits, maxFuture, idleAfter, batch, restoreEvery }: typeof input extends fc.Arbitrary<infer T> ? T : never,
  isAtSource: boolean,
): string[] {
  const told: string[] = []
  let strategy = strategyOf(kind)
  if (maxFuture !== undefined) strategy = strategy.maxFuture(maxFuture)
  if (idleAfter !== undefined) strategy = strategy.idleAfter(idleAfter)
  const named = splits.map((rows, split) => rows.map((own, index) => ({ ...own, name: `${split}.${index}` })))
  let taken = 0
  let job: SteppedJob | undefined
  job = new SteppedJob(
    (env) => {
      const source = splitSource(named, { batch, bounded: true })
      const rows = isAtSource
        ? env.fromSource(source, { watermarks: strategy.timestamp((own: Row) => own.time) as never })
        : env
            .fromSource(source)
            .map((own) => own)
            .assignTimestamps((own) => own.time, strategy)
      rows
        .process<string>({
          processRecord(own, ctx) {
            ctx.emit(`${own.name}@${ctx.currentWatermark()}`)
            taken += 1
            // Between this record and the next the driver gets its turn.
            if (restoreEvery > 0 && taken % restoreEvery === 0) job?.task.pause.pause()
          },
        })
        .sinkTo(functionSink('told', (line) => void told.push(line)))
    },
    { isReplay: true, now: () => 0 },
  )
  for (let steps = 0; job.task.step() !== 'ended'; steps++) {
    if (steps > 1_000) throw new Error('it does not come to an end')
    if (restoreEvery > 0) job.restore()
  }
  return told
}

// Asynchronous, so that what each case leaves in the queue of promises goes: 100,000 of them took 4 GB.
it('tells each record the least of what its splits say, whatever makes the watermarks, through restores', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (given) => {
      const { kind, splits, maxFuture = Number.POSITIVE_INFINITY, idleAfter = Number.POSITIVE_INFINITY } = given
      expect(run(given, true)).toEqual(model(kind, splits, maxFuture, idleAfter))
    }),
    { numRuns: propertyRuns() },
  )
})

it('makes the same watermarks in the middle of a job as at a source of one split', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (given) => {
      const single = { ...given, splits: given.splits.slice(0, 1), idleAfter: undefined }
      expect(run(single, false)).toEqual(run(single, true))
    }),
    { numRuns: propertyRuns() },
  )
})
