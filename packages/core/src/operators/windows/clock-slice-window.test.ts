import { describe, expect, it } from 'vitest'
import { drive, type Reading, type Step } from '../../../test/window-driver.ts'
import { defineJob } from '../../api/job.ts'
import type { Key } from '../../elements/key.ts'
import { count } from '../../functions/aggregates/count.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { record, time } from '../../testing/script.ts'
import { idle, scripted } from '../../testing/scripted-source.ts'
import { testJob } from '../../testing/test-job.ts'
import { functionSink } from '../sinks/function-sink.ts'
import { iterableSource } from '../sources/iterable-source.ts'
import { aggregateWindow } from './aggregate-window.ts'
import { slidingProcessingTimeWindows } from './assigners/sliding-processing-time-windows.ts'
import { tumblingProcessingTimeWindows } from './assigners/tumbling-processing-time-windows.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'

// Single behaviours by name; all of them together are held by test/windows-over-slices.properties.test.ts.

const reading = (key: Key): Step => ({ type: 'record', reading: { key, time: 0, value: 1 } })
const clock = (time: number): Step => ({ type: 'clock', time })
const restore: Step = { type: 'restore' }
const counted = (windows: WindowAssigner<unknown>) => aggregateWindow(windows, { n: count<Reading>() })
const row = (key: Key, start: number, end: number, n: number) => ({
  result: { key, window: { start, end }, n },
  timestamp: end - 1,
})

describe("windows by the job's clock", () => {
  const sliding = counted(slidingProcessingTimeWindows(20, 10))

  it('fire when the clock has reached their end, in the order of keys, and not for a key without a record', () => {
    const steps = [reading('b'), clock(3), reading('a'), reading('b'), clock(9)]
    expect(drive(sliding, steps, 'never').emitted).toEqual([])
    const { emitted, keyCount } = drive(sliding, [...steps, clock(10), reading('c'), clock(40)], 'never')
    expect(emitted).toEqual([
      row('a', -10, 10, 1),
      row('b', -10, 10, 2),
      row('a', 0, 20, 1),
      row('b', 0, 20, 2),
      row('c', 0, 20, 1),
      row('c', 10, 30, 1),
    ])
    expect(keyCount).toBe(0)
  })

  it('go on from a snapshot between any two results', () => {
    const steps = [reading('b'), restore, reading('a'), clock(12), restore, reading('a'), clock(31)]
    expect(drive(sliding, steps, 'everywhere, restored').emitted).toEqual(drive(sliding, steps, 'never').emitted)
  })

  it.each([
    ['tumbling', tumblingProcessingTimeWindows(10), [10, 20, 1], [[10, 20, 1]]],
    // What has fired already does not fire again for the key's sake, and the record counts in the window that is to come.
    ['sliding', slidingProcessingTimeWindows(20, 10), [0, 20, 1], [[10, 30, 2]]],
  ] as const)(
    'lose no record where a job goes on with a clock that is behind: %s',
    (_name, windows, firstWindow, later) => {
      const options = {
        keyBy: (r: unknown) => (r as Reading).key,
        inputs: 1,
        maxParallelism: 128,
        isReplay: false,
        shouldPause: () => false,
      }
      const value: Reading = { key: 'a', time: 0, value: 1 }
      const factory = counted(windows)
      const before = new OperatorBench(factory, options)
      for (const element of [time(15), record(value, 0), time(20)]) before.apply(element)
      const [start, end, n] = firstWindow
      expect(before.emitted.map(({ value }) => value)).toEqual([row('a', start, end, n).result])
      const after = new OperatorBench(factory, options, { snapshot: before.snapshot(1), now: 12 })
      for (const element of [record(value, 0), time(100)]) after.apply(element)
      expect(after.emitted.map(({ value }) => value)).toEqual(later.map(([s, e, m]) => row('a', s, e, m).result))
      expect(after.keyCount()).toBe(0)
    },
  )

  it('follow the clock of a live job, also where it passes several at once', async () => {
    const beds = defineJob('beds', (env) => {
      env
        .fromSource(iterableSource<string>([]), { id: 'beds' })
        .keyBy((bed) => bed)
        .window(slidingProcessingTimeWindows(20, 10))
        .aggregate({ n: count() }, ({ key, n }, { window }) => `${key} ${n} until ${window.end}`)
        .sinkTo(
          functionSink('board', () => {}),
          { id: 'board' },
        )
    })
    const script = scripted('b', 'a', idle(5), 'a', idle(40), 'b', idle(10), 'a')
    expect(await testJob(beds, { beds: script }, { clock: manualClock(1_000) }).output('board')).toEqual([
      'a 2 until 1010',
      'b 1 until 1010',
      'a 2 until 1020',
      'b 1 until 1020',
      'b 1 until 1050',
    ])
  })
})
