import { isDeepStrictEqual } from 'node:util'
import { MAX_WATERMARK } from '../elements/timestamp.ts'
import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import { type EmittedRecord, OperatorBench } from './operator-bench.ts'
import { type ScriptElement, watermark } from './script.ts'

export interface VerifyOptions<In, Second = never> {
  /** For a keyed operator: how its records get their key. */
  readonly keyBy?: KeySelector<In>
  /** For a keyed operator with two keyed inputs: the same for records of the second. */
  readonly secondKeyBy?: KeySelector<Second>
  /** What the main output has to be; without it the runs are compared with each other only. */
  readonly expected?: readonly unknown[]
  /** Default 1, or 2 for an operator with two: records of input 0 then go to the first, the others to the second. */
  readonly inputs?: number
  /** True for an operator that may emit at or behind a watermark that has gone on: one that passes late records, or fires anew. */
  readonly allowsLate?: boolean
  /** Whether the script is followed by the last watermark and the end of input. Default true. */
  readonly ends?: boolean
  /** Default 8: few key groups, so that keys share one. */
  readonly maxParallelism?: number
}

/**
 * Runs a script through an operator in every way in which the engine may run it, and fails where one of them gives other
 * results: all at once; again, by a second operator of the factory; one by one and by sevens, with a turn of the event loop in
 * between; stopped at each point where the contract may stop, one after the other and at all of them; with a snapshot, and with
 * a restore of it into a new operator, between any two elements and at each such point. Whatever goes in or out is frozen.
 *
 * It cannot see what needs two operators to go wrong, nor what the script does not reach.
 *
 * @throws Error that names the run, the place in the script and what differed.
 */
export async function verifyOperator<In, Out, Second = never>(
  factory: OperatorFactory<In, Out, Second>,
  script: readonly ScriptElement<In | Second>[],
  options: VerifyOptions<In, Second> = {},
): Promise<void> {
  const verification = new Verification(factory as OperatorFactory<never, unknown, never>, script, {
    inputs: factory.secondInput === undefined ? 1 : 2,
    ...options,
  } as VerifyOptions<never>)
  const plain = verification.run('all at once', {})
  verification.checkExpected(plain.results)
  verification.checkSame('a second operator of the same factory', verification.run('again', {}), plain)
  for (const size of [1, 7]) {
    const name = size === 1 ? 'one by one' : `by ${size}`
    verification.checkSame(name, await verification.runWithTurns(name, size), plain)
  }
  verification.checkPauses(plain)
  verification.checkSnapshots(plain)
}

interface RunPlan {
  /** At which of the questions "should I pause?" the answer is yes, counted over the whole run. */
  pauseAt?(question: number): boolean
  /** Take a snapshot before the element of this index, and go on with the same operator. */
  snapshotBefore?(index: number): boolean
  /** The same, and go on with a new operator, restored from it. */
  restoreBefore?(index: number): boolean
  /** Restore also where the operator has paused, before it goes on. */
  readonly restoreWhenPaused?: boolean
}

interface RunResult {
  readonly results: readonly EmittedRecord[]
  readonly counters: Readonly<Record<string, number>>
  readonly forwarded: number
  /** How often the operator, or its host, asked whether to pause. */
  readonly questions: number
}

class Verification {
  readonly #factory: OperatorFactory<never, unknown, never>
  readonly #script: readonly ScriptElement<unknown>[]
  readonly #options: VerifyOptions<never>

  constructor(
    factory: OperatorFactory<never, unknown, never>,
    script: readonly ScriptElement<unknown>[],
    options: VerifyOptions<never>,
  ) {
    this.#factory = factory
    this.#options = options
    this.#script =
      options.ends === false
        ? script
        : [...script, ...Array.from({ length: options.inputs ?? 1 }, (_, input) => watermark(MAX_WATERMARK, input))]
  }

  run(name: string, plan: RunPlan): RunResult {
    const run = new Run(this.#factory, this.#options, plan)
    return this.#told(name, run, () => {
      this.#script.forEach((element, index) => {
        run.take(element, index)
      })
      return run.end()
    })
  }

  async runWithTurns(name: string, size: number): Promise<RunResult> {
    const run = new Run(this.#factory, this.#options, {})
    for (let from = 0; from < this.#script.length; from += size) {
      this.#told(name, run, () => {
        this.#script.slice(from, from + size).forEach((element, i) => {
          run.take(element, from + i)
        })
      })
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
    }
    return this.#told(name, run, () => run.end())
  }

  checkExpected(results: readonly EmittedRecord[]): void {
    const { expected } = this.#options
    if (expected === undefined) return
    const values = results.filter(({ tag }) => tag === undefined).map(({ value }) => value)
    const at = firstDifference(values, expected)
    if (at === undefined) return
    throw new Error(`all at once: result ${at} was ${show(values[at])}, expected ${show(expected[at])}`)
  }

  checkPauses(plain: RunResult): void {
    const everySecond = this.run('stopped wherever it may', { pauseAt: (question) => question % 2 === 1 })
    this.checkSame('stopped wherever it may', everySecond, plain)
    const restoring = { pauseAt: (question: number) => question % 2 === 1, restoreWhenPaused: true }
    this.checkSame('restored wherever it stopped', this.run('restored wherever it stopped', restoring), plain)
    for (let stop = 0; stop < plain.questions; stop++) {
      const pauseAt = (question: number): boolean => question === stop
      const name = `stopped at point ${stop + 1} of ${plain.questions}`
      this.checkSame(name, this.run(name, { pauseAt }), plain)
      const restored = `restored where it ${name}`
      this.checkSame(restored, this.run(restored, { pauseAt, restoreWhenPaused: true }), plain)
    }
  }

  checkSnapshots(plain: RunResult): void {
    const everywhere = (): boolean => true
    this.checkSame(
      'a snapshot before each element',
      this.run('a snapshot before each element', { snapshotBefore: everywhere }),
      plain,
    )
    this.checkSame(
      'restored before each element',
      this.run('restored before each element', { restoreBefore: everywhere }),
      plain,
    )
    for (let at = 0; at <= this.#script.length; at++) {
      const name = `restored before element ${at + 1}`
      // Earlier snapshots show whether what changed since the last one was marked as changed.
      const plan = { snapshotBefore: (i: number) => i < at, restoreBefore: (i: number) => i === at }
      this.checkSame(name, this.run(name, plan), plain)
    }
  }

  checkSame(name: string, run: RunResult, plain: RunResult): void {
    const at = firstDifference(run.results, plain.results)
    if (at !== undefined) {
      const [was, expected] = [run.results[at], plain.results[at]]
      throw new Error(`${name}: result ${at} was ${show(was)}, and ${show(expected)} all at once`)
    }
    if (!isDeepStrictEqual(run.counters, plain.counters)) {
      throw new Error(`${name}: counted ${show(run.counters)}, and ${show(plain.counters)} all at once`)
    }
    if (run.forwarded !== plain.forwarded) {
      throw new Error(`${name}: its watermark came to ${run.forwarded}, and to ${plain.forwarded} all at once`)
    }
  }

  #told<T>(name: string, run: Run, work: () => T): T {
    try {
      return work()
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${name}, ${run.whereabouts()}: ${what}`, { cause })
    }
  }
}

/** One run of the script, through as many operators as the plan says. */
class Run {
  readonly #factory: OperatorFactory<never, unknown, never>
  readonly #options: VerifyOptions<never>
  readonly #plan: RunPlan
  readonly #results: EmittedRecord[] = []
  /** By input: what a successor has to be told again. */
  readonly #watermarks = new Map<number, number>()
  readonly #idle = new Set<number>()
  #bench: OperatorBench
  #questions = 0
  #isPaused = false
  #checkpointId = 0
  #index = -1

  constructor(factory: OperatorFactory<never, unknown, never>, options: VerifyOptions<never>, plan: RunPlan) {
    this.#factory = factory
    this.#options = options
    this.#plan = plan
    this.#bench = this.#open(undefined)
  }

  whereabouts(): string {
    return this.#index < 0 ? 'when it was opened' : `at element ${this.#index + 1}`
  }

  take(element: ScriptElement<unknown>, index: number): void {
    this.#index = index
    if (this.#plan.snapshotBefore?.(index)) this.#snapshot()
    if (this.#plan.restoreBefore?.(index)) this.#restore()
    if (element.type === 'watermark') this.#watermarks.set(element.input, element.watermark)
    if (element.type === 'idle') this.#idle.add(element.input)
    if (element.type === 'active') this.#idle.delete(element.input)
    this.#bench.apply(element)
    this.#settle()
  }

  end(): RunResult {
    this.#index += 1
    if (this.#plan.snapshotBefore?.(this.#index)) this.#snapshot()
    if (this.#plan.restoreBefore?.(this.#index)) this.#restore()
    if (this.#options.ends !== false) this.#bench.endInput()
    this.#collect()
    this.#bench.close()
    const counters = this.#bench.counters()
    return { results: this.#results, counters, forwarded: this.#bench.forwarded, questions: this.#questions }
  }

  #settle(): void {
    this.#isPaused = false
    for (let turns = 0; this.#bench.isUnfinished; turns++) {
      if (turns > 1e5) throw new Error('it stopped 100,000 times without getting on')
      if (this.#plan.restoreWhenPaused === true) this.#restore()
      else this.#bench.goOn()
      this.#isPaused = false
    }
    this.#collect()
  }

  #snapshot(): Uint8Array {
    const bytes = this.#bench.snapshot(++this.#checkpointId)
    this.#collect()
    return bytes
  }

  #restore(): void {
    const snapshot = this.#snapshot()
    const { clock } = this.#bench
    this.#bench.close()
    this.#isPaused = false
    this.#bench = this.#open({ snapshot, now: clock.now() })
    // What it had stopped in, other than a watermark.
    const owes = this.#bench.isUnfinished
    for (const [input, reached] of this.#watermarks) this.#bench.apply(watermark(reached, input))
    for (const input of this.#idle) this.#bench.apply({ type: 'idle', input })
    if (!owes) return
    this.#isPaused = false
    this.#bench.goOn()
  }

  #open(restored: { readonly snapshot: Uint8Array; readonly now: number } | undefined): OperatorBench {
    const { keyBy, secondKeyBy, inputs = 1, maxParallelism = 8 } = this.#options
    return new OperatorBench(
      this.#factory,
      {
        ...(keyBy === undefined ? {} : { keyBy: keyBy as KeySelector<unknown> }),
        ...(secondKeyBy === undefined ? {} : { secondKeyBy: secondKeyBy as KeySelector<unknown> }),
        inputs,
        maxParallelism,
        isReplay: true,
        // As in the engine the answer stays yes until the task has had its turn.
        shouldPause: () => {
          const question = this.#questions++
          this.#isPaused ||= this.#plan.pauseAt?.(question) ?? false
          return this.#isPaused
        },
      },
      restored,
    )
  }

  #collect(): void {
    this.#results.push(...this.#bench.emitted.splice(0))
    const [behind] = this.#bench.behindWatermark
    if (behind === undefined || this.#options.allowsLate === true) return
    throw new Error(
      `${show(behind)} was emitted when the watermark ${this.#bench.forwarded} had gone on: a result comes before the watermark that releases it`,
    )
  }
}

function firstDifference(a: readonly unknown[], b: readonly unknown[]): number | undefined {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (i >= a.length || i >= b.length || !isDeepStrictEqual(a[i], b[i])) return i
  }
  return undefined
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? `${entry}n` : entry))
}
