import { expect, it } from 'vitest'
import type { StreamEnvironment } from '../src/api/environment.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { keyedProcess } from '../src/functions/process-function.ts'
import { functionSink } from '../src/operators/sinks/function-sink.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { monotonousTimestamps } from '../src/time/watermark-strategy.ts'
import { SteppedJob, splitSource } from './split-driver.ts'

const nothing = functionSink('nothing', () => {})

/** Runs a job over records that are their own times, and gives what its steps have said. */
function replay(
  times: readonly number[],
  build: (rows: ReturnType<StreamEnvironment['fromArray']>, say: (line: string) => void) => void,
): string[] {
  const said: string[] = []
  const job = new SteppedJob(
    (env) => {
      const rows = env.fromSource(splitSource([times], { batch: 2, bounded: true }), {
        watermarks: monotonousTimestamps<number>().timestamp((time: number) => time),
      })
      build(rows as never, (line) => void said.push(line))
    },
    { isReplay: true, now: () => 0 },
  )
  while (job.task.step() !== 'ended');
  return said
}

it('fires timers of one time in the order of the steps, and of one step by key and name', () => {
  const said = replay([0, 1, 100], (rows, say) => {
    const watching = (step: string) =>
      keyedProcess<number, number>()({
        processRecord(value, ctx) {
          ctx.timers.processingTime.register(50, 'y')
          ctx.timers.processingTime.register(50, 'x')
          ctx.emit(value)
        },
        onTimer: (timer, ctx) => say(`${step} ${ctx.key} ${timer.name} ${timer.time} ${ctx.now()}`),
      })
    const keyOf = (time: unknown): string => (time === 0 ? 'b' : 'a')
    const first = rows.keyBy(keyOf).process(watching('first') as never) as typeof rows
    first
      .keyBy(keyOf)
      .process(watching('second') as never)
      .sinkTo(nothing)
  })
  expect(said.slice(0, 8)).toEqual([
    'first a x 50 50',
    'first a y 50 50',
    'first b x 50 50',
    'first b y 50 50',
    'second a x 50 50',
    'second a y 50 50',
    'second b x 50 50',
    'second b y 50 50',
  ])
})

it('fires a timer that a timer registers for the same time in the same advance, and one for a past time as well', () => {
  const said = replay([0, 100], (rows, say) => {
    rows
      .keyBy(() => 'all')
      .process(
        keyedProcess<unknown, never>()({
          processRecord(_value, ctx) {
            if (ctx.timestamp === 0) ctx.timers.processingTime.register(50, 'first')
            else say(`record at ${ctx.now()}`)
          },
          onTimer(timer, ctx) {
            say(`${timer.name} ${timer.time} at ${ctx.now()}`)
            if (timer.name !== 'first') return
            ctx.timers.processingTime.register(50, 'same')
            ctx.timers.processingTime.register(20, 'past')
          },
        }),
      )
      .sinkTo(nothing)
  })
  expect(said).toEqual(['first 50 at 50', 'past 20 at 50', 'same 50 at 50', 'record at 100'])
})

it('holds the timers of a live job after a restore until its sources have nothing more at hand', () => {
  let now = 0
  let open = 1
  const said: string[] = []
  const job = new SteppedJob(
    (env) => {
      env
        .fromSource(splitSource([[0, 1, 2, 3]], { batch: 1, bounded: false, isOpen: (_split, at) => at < open }))
        .keyBy(() => 'all')
        .process(
          keyedProcess<number, never>()({
            processRecord(value, ctx) {
              said.push(`record ${value} at ${ctx.now()}`)
              ctx.timers.processingTime.replace('silence', ctx.now() + 10)
            },
            onTimer: (timer) => void said.push(`silent at ${timer.time}`),
          }),
        )
        .sinkTo(nothing)
    },
    { isReplay: false, now: () => now },
  )
  expect(job.task.step()).toBe('wait')
  job.restore()
  now = 1_000
  open = 3
  expect(job.task.step()).toBe('wait')
  expect(said).toEqual(['record 0 at 0', 'record 1 at 1000', 'record 2 at 1000'])
  now = 1_010
  job.task.step()
  expect(said.at(-1)).toBe('silent at 1010')
})

it('lets no record into a step that was stopped in the middle of its watermark', () => {
  const results = (stops: boolean): string[] => {
    const said: string[] = []
    let job: SteppedJob | undefined
    job = new SteppedJob(
      (env) => {
        env
          .fromSource(splitSource([[0, 100]], { batch: 1, bounded: true }))
          // Several records of one, between which event time moves.
          .flatMap((from) => {
            if (stops && from === 100) job?.task.pause.pause()
            return [from, from + 1, from + 30, from + 12]
          })
          .assignTimestamps((time) => time, monotonousTimestamps())
          .keyBy((time) => (time % 2 === 0 ? 'even' : 'odd'))
          .window(tumblingEventTimeWindows(10))
          .aggregate({ n: count() })
          .map(({ key, window, n }) => said.push(`${key} ${window.start} ${n}`))
          .sinkTo(nothing)
      },
      { isReplay: true, now: () => 0 },
    )
    while (job.task.step() !== 'ended');
    return [...said, `late ${job.task.hosts.map((host) => host.counters.values().late ?? 0)}`]
  }
  expect(results(true)).toEqual(results(false))
})

it.each([false, true])(
  'lets no record in between two timers of its own time, where a pause comes there; restored %s',
  (restores) => {
    const results = (stops: boolean): string[] => {
      const said: string[] = []
      let job: SteppedJob | undefined
      job = new SteppedJob(
        (env) => {
          env
            .fromSource(splitSource([[0, 1, 2, 10, 11]], { batch: 2, bounded: true }), {
              watermarks: monotonousTimestamps<number>().timestamp((time: number) => time),
            })
            .keyBy((time) => time % 10)
            .process(
              keyedProcess<number, string, number>()({
                processRecord(time, ctx) {
                  ctx.emit(`record ${time}`)
                  ctx.timers.processingTime.replace('', time < 10 ? 10 : 30)
                },
                onTimer(timer, ctx) {
                  if (stops) job?.task.pause.pause()
                  ctx.emit(`timer ${timer.time} of ${ctx.key}`)
                },
              }),
            )
            .map((line) => said.push(line))
            .sinkTo(nothing)
        },
        { isReplay: true, now: () => 0 },
      )
      let stopped = 0
      for (;;) {
        const outcome = job.task.step()
        if (outcome === 'ended') return said
        stopped += 1
        if (stops && restores && stopped < 5) job.restore()
      }
    }
    expect(results(false).slice(3, 7)).toEqual(['timer 10 of 0', 'timer 10 of 1', 'timer 10 of 2', 'record 10'])
    expect(results(true)).toEqual(results(false))
  },
)
