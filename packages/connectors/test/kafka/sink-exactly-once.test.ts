import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { propertyRuns } from '../../../core/test/property-runs.ts'
import { MillraceConnectorError } from '../../src/errors.ts'
import { text } from '../../src/formats/text.ts'
import { kafkaSink } from '../../src/kafka/sink.ts'
import { ModelKafka } from './model-kafka.ts'
import { SinkJob, textOf, type Zombie } from './sink-job.ts'

/*
 * Whatever the engine does, in whatever order, and whatever happens to requests, a reader of committed records sees each record
 * once. It cannot catch: what Kafka does otherwise than the model (that is for the integration tests), and loss by time.
 */

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
  { weight: 1, arbitrary: fc.constant({ type: 'wake a zombie' as const }) },
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

class Run {
  readonly kafka = new ModelKafka({ topics: { out: 2 }, brokers: 2, lastEpoch: 3 })
  readonly job: SinkJob
  readonly zombies: Zombie[] = []

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
        client: { name: 'model', create: async () => this.kafka.client() },
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
      case 'wake a zombie':
        return this.#wake(this.zombies.pop())
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

  async #restart(): Promise<void> {
    const zombie = this.job.crash()
    if (zombie !== undefined) this.zombies.push(zombie)
    try {
      await this.job.start()
    } catch (error) {
      if (!(error instanceof MillraceConnectorError && error.retryable)) throw error
      await this.#restart()
    }
  }

  async #wake(zombie: Zombie | undefined): Promise<void> {
    if (zombie === undefined) return
    try {
      await zombie.writer.write([`zombie ${textOf(zombie.next)}`], [0])
      await zombie.writer.prepareCommit?.(1_000)
    } catch {}
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('any interleaving of writes, checkpoints, crashes, lost answers and zombies shows each record once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), faults, async (steps, planned) => {
      const run = new Run(planned)
      await run.step({ type: 'crash' })
      for (const next of steps) await run.step(next)
      for (const next of ['prepare', 'store', 'commit'] as const) await run.step({ type: next })
      // A last start commits what a restart among the three has left.
      await run.step({ type: 'crash' })
      expect(run.kafka.readAll()).toEqual(Array.from({ length: run.job.reached }, (_, n) => textOf(n)))
    }),
    // One takes some 10 ms.
    { numRuns: propertyRuns(0.3) },
  )
})
