import { deserialize } from 'node:v8'
import fc from 'fast-check'
import type { OperatorSnapshot } from '../src/checkpoint/checkpoint.ts'
import { compareKeys, type Key } from '../src/elements/key.ts'
import type { KeySelector, OperatorFactory } from '../src/operators/operator.ts'
import { OperatorBench } from '../src/testing/operator-bench.ts'
import { record, watermark } from '../src/testing/script.ts'

export interface Reading {
  readonly key: Key
  readonly time: number
  readonly value: number
}

export type Step =
  | { readonly type: 'record'; readonly reading: Reading }
  | { readonly type: 'watermark'; readonly watermark: number }
  /** A snapshot, and another operator that goes on from it. */
  | { readonly type: 'restore' }

export interface Outcome {
  /** The results of the main output. */
  readonly emitted: { readonly value: unknown; readonly timestamp: number }[]
  /** By the tag of a side output. */
  readonly sides: Readonly<Record<string, unknown[]>>
  readonly counters: Readonly<Record<string, number>>
  /** Key groups that still have state when the last watermark is through. */
  readonly groupsLeft: number
}

/** Runs a keyed operator in the engine's own host, step by step; with `pauses` it stops, and is restored, wherever it may. */
export function drive(factory: OperatorFactory<Reading, unknown>, steps: readonly Step[], pauses: boolean): Outcome {
  const emitted: Outcome['emitted'] = []
  const sides: Record<string, unknown[]> = {}
  let questions = 0
  let reached = Number.NEGATIVE_INFINITY
  const open = (snapshot?: Uint8Array): OperatorBench =>
    new OperatorBench(
      factory as OperatorFactory<never, unknown>,
      {
        keyBy: ((reading: Reading) => reading.key) as KeySelector<unknown>,
        inputs: 1,
        maxParallelism: 4,
        isReplay: true,
        shouldPause: () => pauses && questions++ > 0,
      },
      snapshot === undefined ? undefined : { snapshot, now: 0 },
    )
  let bench = open()
  const collect = (): void => {
    for (const { tag, value, timestamp } of bench.emitted.splice(0)) {
      if (tag === undefined) emitted.push({ value, timestamp })
      else sides[tag] = [...(sides[tag] ?? []), value]
    }
  }
  const restore = (): void => {
    const snapshot = bench.snapshot(1)
    collect()
    bench.close()
    bench = open(snapshot)
  }
  const reach = (): void => {
    questions = 0
    bench.apply(watermark(reached))
    for (let turns = 0; bench.isUnfinished; turns++) {
      if (turns > 1e5) throw new Error('the watermark is never finished')
      restore()
      questions = 0
      bench.apply(watermark(reached))
    }
    collect()
    if (bench.behindWatermark.length > 0) throw new Error('a result came after the watermark that releases it')
  }
  for (const step of steps) {
    if (step.type === 'record') {
      bench.apply(record(step.reading, step.reading.time))
      bench.behindWatermark.length = 0
      collect()
    } else if (step.type === 'watermark') {
      if (step.watermark <= reached) continue
      reached = step.watermark
      reach()
    } else {
      restore()
      if (reached > Number.NEGATIVE_INFINITY) reach()
    }
  }
  const snapshot = deserialize(bench.snapshot(1)) as OperatorSnapshot
  return { emitted, sides, counters: bench.counters(), groupsLeft: snapshot.keyed?.groups.size ?? 0 }
}

const LARGEST = 8_640_000_000_000_000
const keys: readonly Key[] = ['a', 'b', 7, 3n]

/** Records about some origin, out of order, with watermarks and restores anywhere between, and the last watermark. */
export function streams(span: number, maxLength = 40): fc.Arbitrary<Step[]> {
  const time = fc.integer({ min: 0, max: span })
  const reading = fc.record({
    key: fc.constantFrom(...keys),
    time,
    value: fc.integer({ min: -9, max: 9 }),
  })
  const origin = fc.constantFrom(0, -Math.ceil(span / 2), -LARGEST, LARGEST - span, 1_700_000_000_000)
  const steps = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: reading.map((r) => ({ type: 'record' as const, reading: r })) },
      { weight: 2, arbitrary: time.map((w) => ({ type: 'watermark' as const, watermark: w })) },
      { weight: 1, arbitrary: fc.constant({ type: 'restore' as const }) },
    ),
    { maxLength, size: 'max' },
  )
  return fc.tuple(origin, fc.boolean(), steps).map(([shift, followed, list]) => {
    const shifted = list.map((step): Step => {
      if (step.type === 'record') return { ...step, reading: { ...step.reading, time: step.reading.time + shift } }
      return step.type === 'watermark' ? { ...step, watermark: step.watermark + shift } : step
    })
    return [
      ...(followed ? roughlyInOrder(shifted) : shifted),
      { type: 'watermark', watermark: Number.POSITIVE_INFINITY },
    ]
  })
}

/** Records in the order of their time give or take some, with watermarks that follow them: little is late. */
function roughlyInOrder(steps: readonly Step[]): Step[] {
  const records = steps.filter((step) => step.type === 'record')
  records.sort((a, b) => a.reading.time + a.reading.value / 3 - (b.reading.time + b.reading.value / 3))
  let newest = Number.NEGATIVE_INFINITY
  return steps.flatMap((step): Step[] => {
    if (step.type === 'watermark')
      return newest === Number.NEGATIVE_INFINITY ? [] : [{ type: 'watermark', watermark: newest - 3 }]
    const next = step.type === 'record' ? records.shift() : undefined
    if (next === undefined) return [step]
    newest = Math.max(newest, next.reading.time)
    return [next]
  })
}

/** The records that are not behind the watermark, each with its place in the order of arrival, and those that are. */
export function judged(steps: readonly Step[]): { taken: Arrived[]; late: Reading[] } {
  const taken: Arrived[] = []
  const late: Reading[] = []
  let reached = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (step.type === 'watermark') reached = Math.max(reached, step.watermark)
    if (step.type !== 'record') continue
    if (step.reading.time <= reached) late.push(step.reading)
    else taken.push({ ...step.reading, arrival: taken.length, reading: step.reading })
  }
  return { taken, late }
}

export interface Arrived extends Reading {
  readonly arrival: number
  readonly reading: Reading
}

/** The order of results in event time: (time, key, arrival). */
export function byTimeKeyArrival(a: Arrived, b: Arrived): number {
  return a.time - b.time || compareKeys(a.key, b.key) || a.arrival - b.arrival
}
