import { expect, it } from 'vitest'
import { defineJob } from '../api/job.ts'
import { keyedProcess } from '../functions/process-function.ts'
import { mapOperator } from '../operators/basic/map.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import { iterableSource } from '../operators/sources/iterable-source.ts'
import { valueState } from '../state/descriptors.ts'
import { boundedOutOfOrderness } from '../time/watermark-strategy.ts'
import { manualClock } from './manual-clock.ts'
import { operatorHarness } from './operator-harness.ts'
import { crash, end, idle, scripted } from './scripted-source.ts'
import { testJob } from './test-job.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
}

const ward = defineJob('ward', (env) => {
  env
    .fromSource(iterableSource<Reading>([]), {
      id: 'vitals',
      watermarks: boundedOutOfOrderness(0).timestamp((r: Reading) => r.time),
    })
    .keyBy((r) => r.patientId)
    .process(
      keyedProcess<Reading, string>()({
        state: { count: valueState<number>() },
        processRecord(reading, ctx) {
          const count = (ctx.state.count.get() ?? 0) + 1
          ctx.state.count.set(count)
          ctx.timers.processingTime.replace('silence', ctx.now() + 100)
          ctx.emit(`${reading.patientId} ${count}`)
        },
        onTimer(timer, ctx) {
          ctx.emit(`${ctx.key} silent at ${timer.time}`)
        },
      }),
    )
    .sinkTo(
      functionSink('page', () => {}),
      { id: 'page' },
    )
})

const reading = (patientId: string, time: number): Reading => ({ patientId, time })

it('gives each result once, crash or not', async () => {
  const expected = ['p1 1', 'p1 2', 'p2 1', 'p1 silent at 105', 'p2 silent at 106', 'p1 3']
  const calm = scripted(
    reading('p1', 0),
    reading('p1', 5),
    reading('p2', 6),
    reading('p1', 106),
    end(),
    reading('p1', 107),
  )
  expect(await testJob(ward, { vitals: calm }).output('page')).toEqual(expected)
  for (const checkpointEveryRecords of [1, 2, 3, 100]) {
    const rough = scripted(
      crash(),
      reading('p1', 0),
      crash(),
      reading('p1', 5),
      reading('p2', 6),
      crash(),
      crash(),
      reading('p1', 106),
      crash(),
    )
    const job = testJob(ward, { vitals: rough }, { checkpointEveryRecords })
    expect(await job.output('page')).toEqual(expected)
    expect((await job.result()).metrics.restarts).toBe(5)
  }
})

it('moves the clock of a live job by idle', async () => {
  const clock = manualClock(1_000)
  const script = scripted(reading('p1', 0), idle(50), reading('p2', 1), idle(60), reading('p1', 2), end())
  expect(await testJob(ward, { vitals: script }, { clock }).output('page')).toEqual([
    'p1 1',
    'p2 1',
    'p1 silent at 1100',
    'p1 2',
  ])
})

it('refuses ids that the job does not have', async () => {
  expect(() => testJob(ward, {})).toThrow("source 'vitals' of the job was given no script")
  expect(() => testJob(ward, { vitals: scripted(), other: scripted() })).toThrow("no source 'other'")
  await expect(testJob(ward, { vitals: scripted() }).output('pager')).rejects.toThrow("no sink 'pager'; it has 'page'")
})

it('drives one operator by hand', () => {
  const harness = operatorHarness(mapOperator((n: number) => n * 2))
  harness.process(1, 10)
  harness.watermark(10)
  expect(harness.output()).toEqual([{ value: 2, timestamp: 10 }])
  expect(harness.forwardedWatermark).toBe(10)
  harness.restart()
  harness.process(2, 11)
  expect(harness.output()).toEqual([{ value: 4, timestamp: 11 }])
})
