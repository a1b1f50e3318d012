import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { propertyRuns } from '../../../core/test/property-runs.ts'
import { MillraceConnectorError } from '../../src/errors.ts'
import { text } from '../../src/formats/text.ts'
import { kafkaSink } from '../../src/kafka/sink.ts'
import { ModelKafka } from './model-kafka.ts'
import { SinkJob, textOf, type Zombie } from './sink-job.ts'
import { StoppableProcess } from './stoppable-process.ts'

/*
 * Whatever the engine does, in whatever order, and whatever happens to requests, a reader of committed records sees each record
 * once. It cannot catch: what Kafka does otherwise than the model (that is for the integration tests), and loss by time.
 */

/** Requests and answers of a process, until it is stopped. */
const passes = fc.integer({ min: 0, max: 30 })

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('checkpoint' as const), count: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), count: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 4, arbitrary: fc.constant({ type: 'prepare' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'store' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'crash' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fall asleep' as const),
      during: fc.constantFrom('checkpoint' as const, 'start' as const),
      passes,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('wake a zombie' as const),
      passes: fc.option(passes, { nil: undefined }),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** For each request, in turn: 0 loses its answer, 1 loses the request, others nothing. */
const faults = fc.array(fc.integer({ min: 0, max: 19 }), { maxLength: 100, size: 'max' })

/** What comes of it, with the pauses between tries skipped. */
async function done<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false
  const settled = (): void => {
    isSettled = true
  }
  promise.then(settled, settled)
  while (!isSettled) await vi.advanceTimersByTimeAsync(20)
  return promise
}

/** Lives that are asleep: each goes on with what it was at, then writes, and prepares a checkpoint that is refused. */
interface Sleeper {
  readonly process: StoppableProcess
  goOn(): Promise<void>
}

/** Few, but for claims: whose generation was before the last of another producer id, nobody can say (decision 0062, Cost). */
const lastEpoch = (id: string): number => (id.endsWith('-claim') ? 32_766 : 3)

class Run {
  readonly kafka = new ModelKafka({ topics: { out: 2 }, brokers: 2, lastEpoch })
  readonly job: SinkJob
  readonly #sleepers: Sleeper[] = []
  /** Of the life that is awake. */
  #process = new StoppableProcess()

  constructor(planned: readonly number[]) {
    let next = 0
    this.kafka.plan = ({ api }) => {
      if (api === 'metadata') return undefined
      const fault = planned[next++] ?? 19
      return fault > 1 ? undefined : { fault: 'CONNECTION_LOST', isCarriedOut: fault === 0 }
    }
    this.job = new SinkJob(
      kafkaSink({
        brokers: ['model:1'],
        client: { name: 'model', create: async () => this.#process.client(this.kafka.client()) },
        topic: 'out',
        format: text(),
        transactionalIdPrefix: 'job',
      }),
    )
  }

  async carryOut(next: Step): Promise<void> {
    switch (next.type) {
      case 'write':
        return this.job.write(next.count)
      case 'checkpoint':
        await this.job.write(next.count)
        return this.job.checkpoint()
      case 'prepare':
        return this.job.prepare()
      case 'store':
        return this.job.store()
      case 'commit':
        return this.job.commit()
      case 'crash':
        return this.#restart()
      case 'fall asleep':
        return this.#stopAfter(next.passes, next.during)
      case 'wake a zombie':
        return this.#wake(this.#sleepers.pop(), next.passes)
    }
  }

  /** A step; an error that says that the job may go on from its checkpoint starts it again. */
  async step(next: Step): Promise<void> {
    try {
      await done(this.carryOut(next))
    } catch (error) {
      if (!(error instanceof MillraceConnectorError && error.retryable)) throw error
      await done(this.#restart())
    }
  }

  async wakeAll(): Promise<void> {
    for (const sleeper of this.#sleepers.splice(0)) await done(this.#wake(sleeper, undefined))
  }

  async #restart(): Promise<void> {
    this.#leave()
    try {
      await this.#start(undefined)
    } catch (error) {
      if (!(error instanceof MillraceConnectorError && error.retryable)) throw error
      await this.#restart()
    }
  }

  async #start(passes: number | undefined): Promise<void> {
    this.#process = new StoppableProcess(after(passes))
    await this.job.start()
  }

  /** Leaves the life that is awake as it is. */
  #leave(): void {
    const process = this.#process
    const left = this.job.crash()
    process.stop()
    if (left !== undefined) this.#sleepers.push({ process, goOn: once(() => wakeUp(left)) })
  }

  /** Stops the life after so many requests and answers, in the middle of what it is at; another follows. */
  async #stopAfter(passes: number, during: 'checkpoint' | 'start'): Promise<void> {
    if (during === 'start') this.#leave()
    else this.#process.stopsAt = after(passes)
    const going = during === 'start' ? this.#start(passes) : this.carryOut({ type: 'checkpoint', count: 2 })
    const process = this.#process
    going.catch(() => {})
    await Promise.race([going, process.stopped])
    if (!process.isStopped) {
      process.stopsAt = after(undefined)
      return going
    }
    const left = this.job.crash()
    const goOn = async (): Promise<void> => {
      await going
      if (left !== undefined) await wakeUp(left)
    }
    this.#sleepers.push({ process, goOn: once(goOn) })
    await this.#restart()
  }

  async #wake(sleeper: Sleeper | undefined, passes: number | undefined): Promise<void> {
    if (sleeper === undefined) return
    const { process } = sleeper
    process.wake(after(passes))
    await Promise.race([sleeper.goOn(), process.stopped])
    if (process.isStopped) this.#sleepers.unshift(sleeper)
  }
}

async function wakeUp({ writer, next }: Zombie): Promise<void> {
  await writer.write([`zombie ${textOf(next)}`], [0])
  await writer.prepareCommit?.(1_000)
  await writer.close?.()
}

/** Also when it is asked for again; however it ends. */
function once(goOn: () => Promise<void>): () => Promise<void> {
  let going: Promise<void> | undefined
  return () => {
    going ??= goOn().catch(() => {})
    return going
  }
}

/** True at the pass after so many. */
function after(passes: number | undefined): () => boolean {
  let left = passes ?? Number.POSITIVE_INFINITY
  return () => left-- <= 0
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('any interleaving of writes, checkpoints, crashes, lost answers and zombies that were stopped anywhere shows each record once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), faults, async (steps, planned) => {
      const run = new Run(planned)
      await run.step({ type: 'crash' })
      for (const next of steps) await run.step(next)
      for (const next of ['prepare', 'store', 'commit'] as const) await run.step({ type: next })
      await run.wakeAll()
      // A last start commits what a restart among the three has left.
      await run.step({ type: 'crash' })
      expect(run.kafka.readAll()).toEqual(Array.from({ length: run.job.reached }, (_, n) => textOf(n)))
    }),
    // One takes some 10 ms.
    { numRuns: propertyRuns(0.3) },
  )
})
