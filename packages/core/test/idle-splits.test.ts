import { expect, it } from 'vitest'
import { functionSink } from '../src/operators/sinks/function-sink.ts'
import { monotonousTimestamps } from '../src/time/watermark-strategy.ts'
import { SteppedJob, splitSource } from './split-driver.ts'

/** A live job over two splits that stops after each record, for as long as `waitMs`; each record with the watermark it met. */
function slowly(splits: readonly (readonly number[])[], waitMs: number): string[] {
  let now = 0
  const told: string[] = []
  let job: SteppedJob | undefined
  job = new SteppedJob(
    (env) => {
      env
        .fromSource(splitSource(splits, { batch: 10, bounded: false }), {
          watermarks: monotonousTimestamps<number>()
            .timestamp((time: number) => time)
            .idleAfter(60),
        })
        .process<number>({
          processRecord(time, ctx) {
            told.push(`${time}@${ctx.currentWatermark()}`)
            job?.task.pause.pause()
          },
        })
        .sinkTo(functionSink('nothing', () => {}))
    },
    { isReplay: false, now: () => now },
  )
  while (job.task.step() === 'paused') now += waitMs
  return told
}

it('calls no live split idle that has a row which was not taken yet', () => {
  const splits = [
    [0, 100],
    [1, 2],
  ]
  const quick = slowly(splits, 0)
  expect(quick).toEqual(['0@-Infinity', '100@-Infinity', '1@-Infinity', '2@0'])
  expect(slowly(splits, 1_000)).toEqual(quick)
})
