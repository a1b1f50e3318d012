import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_WATERMARK, MIN_WATERMARK } from '../src/elements/timestamp.ts'
import { keyedProcess } from '../src/functions/process-function.ts'
import { keyedProcessOperator } from '../src/operators/basic/keyed-process.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import { withPerKeyWatermarks } from '../src/operators/with-per-key-watermarks.ts'
import { mapState } from '../src/state/descriptors.ts'
import { OperatorBench } from '../src/testing/operator-bench.ts'
import { record, type ScriptElement, time, watermark } from '../src/testing/script.ts'
import { propertyRuns } from './property-runs.ts'

const SIZE = 10
const DELAY = 3

/** What the step under test and its model say: a count of a window of a key, or a record that came too late for it. */
interface Said {
  readonly key: string
  readonly end: number
  readonly count: number
}

/** Counts by windows of 10 ms, written with timers alone; a record that is late is told by a count of 0. */
function counting(): OperatorFactory<string, Said> {
  return keyedProcessOperator(
    keyedProcess<string, Said>()({
      state: { counts: mapState<number, number>() },
      processRecord(_value, ctx) {
        const end = endOf(ctx.timestamp)
        if (end - 1 <= ctx.currentWatermark()) {
          ctx.emit({ key: ctx.key, end, count: 0 })
          return
        }
        ctx.state.counts.put(end, (ctx.state.counts.get(end) ?? 0) + 1)
        ctx.timers.eventTime.register(end - 1)
      },
      onTimer(timer, ctx) {
        const end = timer.time + 1
        ctx.emit({ key: ctx.key, end, count: ctx.state.counts.get(end) as number })
        ctx.state.counts.remove(end)
      },
    }),
  )
}

function endOf(timestamp: number): number {
  return Math.floor(timestamp / SIZE) * SIZE + SIZE
}

const key = fc.constantFrom('a', 'b', 'c', 'd')
const timestamp = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -20, max: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(-8.64e15, 8.64e15, 9, 10, 19, 20) },
)
const recordOf = fc.tuple(key, timestamp).map(([k, at]) => record(k, at))
const elements = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: recordOf },
    { weight: 2, arbitrary: fc.integer({ min: -20, max: 80 }).map((at) => watermark(at)) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }).map((at) => time(at)) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<ScriptElement<string>[]>

/** Every so many questions the step is stopped, every so many elements it is restored; 0: never. */
const disturbance = fc.record({
  pauseEvery: fc.constantFrom(0, 2, 3, 5),
  restoreEvery: fc.nat(4),
  restoreWhenPaused: fc.boolean(),
})

/** Runs a step through a script, calling back after each element. */
function run(
  factory: OperatorFactory<string, Said>,
  script: readonly ScriptElement<string>[],
  {
    pauseEvery,
    restoreEvery,
    restoreWhenPaused,
  }: { pauseEvery: number; restoreEvery: number; restoreWhenPaused: boolean },
  after: (said: readonly Said[], forwarded: number, index: number) => void,
): void {
  let questions = 0
  let isPaused = false
  let reached = MIN_WATERMARK
  const open = (restored?: { snapshot: Uint8Array; now: number }): OperatorBench =>
    new OperatorBench(
      factory as OperatorFactory<never, unknown>,
      {
        keyBy: (value) => value as string,
        inputs: 1,
        maxParallelism: 4,
        isReplay: true,
        shouldPause: () => {
          questions += 1
          isPaused ||= pauseEvery > 0 && questions % pauseEvery === 0
          return isPaused
        },
      },
      restored,
    )
  let bench = open()
  const restore = (): Said[] => {
    const said = bench.emitted.splice(0)
    const snapshot = bench.snapshot(1)
    bench = open({ snapshot, now: bench.clock.now() })
    bench.apply(watermark(reached))
    return said.map(({ value }) => value as Said)
  }
  script.forEach((element, index) => {
    const said: Said[] = []
    if (restoreEvery > 0 && index % restoreEvery === 0) said.push(...restore())
    if (element.type === 'watermark') reached = Math.max(reached, element.watermark)
    isPaused = false
    bench.apply(element)
    for (let turns = 0; bench.isUnfinished; turns++) {
      if (turns > 1_000) throw new Error('it stopped 1,000 times without getting on')
      isPaused = false
      if (restoreWhenPaused) said.push(...restore())
      isPaused = false
      bench.goOn()
    }
    said.push(...bench.emitted.splice(0).map(({ value }) => value as Said))
    after(said, bench.forwarded, index)
  })
}

/** Each key with its windows, its watermark and when it was last heard of; everything found by looking at all of them. */
class Model {
  readonly said: Said[] = []
  forwarded = MIN_WATERMARK
  #now = MIN_WATERMARK
  #input = MIN_WATERMARK
  #hasFollowers = false
  readonly #keys = new Map<
    string,
    { watermark: number; silentAt: number; isActive: boolean; counts: Map<number, number> }
  >()
  readonly #idleAfter: number

  constructor(idleAfter: number) {
    this.#idleAfter = idleAfter
  }

  apply(element: ScriptElement<string>): void {
    if (element.type === 'record') this.#record(element.value, element.timestamp)
    if (element.type === 'time') this.#time(element.time)
    if (element.type === 'watermark' && element.watermark > this.#input) {
      this.#input = element.watermark
      if (element.watermark === MAX_WATERMARK) for (const own of this.#keys.values()) own.isActive = false
      this.#fire()
    }
    const active = [...this.#keys.values()].filter(({ isActive }) => isActive)
    this.forwarded = Math.max(this.forwarded, Math.min(this.#input, ...active.map((own) => own.watermark)))
  }

  #record(name: string, at: number): void {
    let own = this.#keys.get(name)
    if (own === undefined) {
      own = { watermark: MIN_WATERMARK, silentAt: 0, isActive: false, counts: new Map() }
      this.#keys.set(name, own)
    }
    if (!own.isActive && this.#hasFollowers) own.watermark = Math.max(own.watermark, this.#input)
    own.isActive = true
    own.silentAt = this.#now === MIN_WATERMARK ? own.silentAt : this.#now + this.#idleAfter
    if (this.#now === MIN_WATERMARK) own.silentAt = Number.POSITIVE_INFINITY
    const end = endOf(at)
    if (end - 1 <= own.watermark) this.said.push({ key: name, end, count: 0 })
    else own.counts.set(end, (own.counts.get(end) ?? 0) + 1)
    own.watermark = Math.max(own.watermark, at - DELAY - 1)
    this.#fire()
  }

  #time(to: number): void {
    for (;;) {
      const silent = [...this.#keys].filter(([, own]) => own.isActive && own.silentAt <= to)
      silent.sort(([a, x], [b, y]) => x.silentAt - y.silentAt || (a < b ? -1 : 1))
      const [first] = silent
      if (first === undefined) break
      first[1].isActive = false
      this.#hasFollowers = true
      this.#fire()
    }
    this.#now = Math.max(this.#now, to)
  }

  #fire(): void {
    const due = [...this.#keys].flatMap(([name, own]) => {
      const limit = own.isActive ? own.watermark : this.#input
      return [...own.counts].filter(([end]) => end - 1 <= limit).map(([end, count]) => ({ key: name, end, count }))
    })
    due.sort((a, b) => a.end - b.end || (a.key < b.key ? -1 : 1))
    for (const said of due) this.#keys.get(said.key)?.counts.delete(said.end)
    this.said.push(...due)
  }
}

describe('a watermark for each key', () => {
  it('gives what each key gives alone behind a watermark of its own', () => {
    fc.assert(
      fc.property(elements, disturbance, (script, disturbed) => {
        const ended = [...script, watermark(MAX_WATERMARK)]
        const together: Said[] = []
        run(withPerKeyWatermarks(counting(), { maxDelay: DELAY }), ended, disturbed, (said) => together.push(...said))
        for (const name of ['a', 'b', 'c', 'd']) {
          let greatest = MIN_WATERMARK
          const own = script.flatMap((element): ScriptElement<string>[] => {
            if (element.type !== 'record' || element.value !== name) return []
            greatest = Math.max(greatest, element.timestamp)
            return [element, watermark(greatest - DELAY - 1)]
          })
          const alone: Said[] = []
          const undisturbed = { pauseEvery: 0, restoreEvery: 0, restoreWhenPaused: false }
          run(counting(), [...own, watermark(MAX_WATERMARK)], undisturbed, (said) => alone.push(...said))
          expect(together.filter(({ key }) => key === name)).toEqual(alone)
        }
      }),
      { numRuns: propertyRuns() },
    )
  })

  it('lets silent keys follow the input, and holds downstream by the active ones', () => {
    fc.assert(
      fc.property(elements, fc.integer({ min: 1, max: 20 }), disturbance, (script, idleAfter, disturbed) => {
        const factory = withPerKeyWatermarks(counting(), { maxDelay: DELAY, idleAfter })
        const model = new Model(idleAfter)
        const ended = [...script, watermark(MAX_WATERMARK)]
        run(factory, ended, disturbed, (said, forwarded, index) => {
          model.apply(ended[index] as ScriptElement<string>)
          expect(said).toEqual(model.said.splice(0))
          expect(forwarded).toBe(model.forwarded)
        })
      }),
      { numRuns: propertyRuns() },
    )
  })
})
