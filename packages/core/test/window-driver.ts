import { deserialize, serialize } from 'node:v8'
import type { OperatorSnapshot } from '../src/checkpoint/checkpoint.ts'
import type { Key } from '../src/elements/key.ts'
import type { OutputTag } from '../src/elements/output-tag.ts'
import { MIN_WATERMARK } from '../src/elements/timestamp.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import { OperatorHost } from '../src/runtime/operator-host.ts'
import type { Receiver } from '../src/runtime/receiver.ts'
import { JobClock } from '../src/time/clock.ts'

export interface Reading {
  readonly key: Key
  readonly time: number
  readonly value: number
}

export type Step =
  | { readonly type: 'record'; readonly reading: Reading }
  | { readonly type: 'watermark'; readonly watermark: number }
  /** The job's clock, which starts at 0. */
  | { readonly type: 'clock'; readonly time: number }
  /** A snapshot, and another operator that goes on from it. */
  | { readonly type: 'restore' }

/** Where a watermark stops early, and what happens there. */
export type Pausing = 'never' | 'everywhere' | 'everywhere, restored' | 'everywhere, restored at times'

export interface Emitted {
  readonly result: unknown
  readonly timestamp: number
}

export interface Outcome {
  readonly emitted: Emitted[]
  readonly late: unknown[]
  readonly counters: Readonly<Record<string, number>>
  /** Keys that still have state at the end. */
  readonly keyCount: number
}

const LATE_ID = 'late'
export const late: OutputTag<Reading> = { id: LATE_ID }

/** Where user code is running, as the host would say it in an error. */
export const place: { step: string } = { step: '' }

/** Runs a window operator in the engine's own host, step by step. */
export function drive(factory: OperatorFactory<Reading, unknown>, steps: readonly Step[], pausing: Pausing): Outcome {
  const emitted: Emitted[] = []
  const lateRecords: unknown[] = []
  const clock = new JobClock(true, 0)
  let isUnfinished = false
  let questions = 0
  let forwarded = MIN_WATERMARK

  const begin = (restored: OperatorSnapshot | undefined): { host: OperatorHost; receiver: Receiver } => {
    const host = new OperatorHost(
      'window',
      factory as OperatorFactory<unknown, unknown>,
      1,
      {
        place,
        clock,
        maxParallelism: 128,
        // The host itself asks first, before it begins.
        pause: { shouldPause: () => pausing !== 'never' && questions++ > 0 },
        unfinished: () => {
          isUnfinished = true
        },
      },
      restored,
    )
    const output: Receiver = {
      processRecord: (result, timestamp) => emitted.push({ result: deepFreeze(result), timestamp }),
    }
    const side: Receiver = { processRecord: (record) => lateRecords.push(record) }
    host.output.connect([output], new Map([[LATE_ID, [side]]]))
    host.forwardTo([{ host: { advanceWatermark: forward, setIdle: () => {}, setActive: () => {} }, input: 0 }])
    host.open()
    return { host, receiver: host.receiver((reading) => (reading as Reading).key) }
  }
  const forward = (_input: number, watermark: number): void => {
    // A restored host says again what was said before; it may say less on the way there.
    forwarded = Math.max(forwarded, watermark)
  }

  let { host, receiver } = begin(undefined)
  let watermark = MIN_WATERMARK
  const restore = (): void => {
    host.prepareSnapshot(1)
    const snapshot = deserialize(serialize(host.snapshot())) as OperatorSnapshot
    host.close()
    ;({ host, receiver } = begin(snapshot))
  }
  const isRestoring = (): boolean =>
    pausing === 'everywhere, restored' || (pausing === 'everywhere, restored at times' && emitted.length % 4 === 0)
  const reach = (target: number): void => {
    isUnfinished = false
    questions = 0
    let before = emitted.length
    host.advanceWatermark(0, target)
    for (let turns = 0; isUnfinished; turns++) {
      if (turns > 1e6) throw new Error('the watermark is never finished')
      if (emitted.length - before > 1) throw new Error('two results without a pause between them')
      before = emitted.length
      if (forwarded >= target) throw new Error('a watermark was forwarded before its results')
      isUnfinished = false
      questions = 0
      if (isRestoring()) {
        restore()
        host.advanceWatermark(0, target)
      } else host.run()
    }
    if (forwarded !== target) throw new Error('a finished watermark was not forwarded')
  }
  const resume = (): void => {
    restore()
    if (watermark > MIN_WATERMARK) reach(watermark)
  }
  for (const step of steps) {
    if (step.type === 'record') {
      place.step = 'elsewhere'
      receiver.processRecord(step.reading, step.reading.time)
    } else if (step.type === 'watermark') {
      if (step.watermark <= watermark) continue
      watermark = step.watermark
      reach(watermark)
    } else if (step.type === 'clock') {
      // A clock never goes back; what was overdue when it was registered fires now.
      const now = Math.max(step.time, clock.now())
      for (let due = host.nextProcessingDue(); due <= now; due = host.nextProcessingDue()) {
        clock.advanceTo(due)
        const before = emitted.length
        host.fireProcessingTimer(due)
        // Where a task may let another have its turn, or take a snapshot, is between two timers.
        if (emitted.length > before && isRestoring()) resume()
      }
      clock.advanceTo(now)
    } else resume()
  }
  const counters = host.counters.values()
  host.snapshot()
  return { emitted, late: lateRecords, counters, keyCount: host.keyCount() ?? 0 }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
