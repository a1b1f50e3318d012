import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ModelKafka, type ModelKafkaOptions } from '../../test/kafka/model-kafka.ts'
import { SinkJob, textOf, type Zombie } from '../../test/kafka/sink-job.ts'
import { StoppableProcess } from '../../test/kafka/stoppable-process.ts'
import { text } from '../formats/text.ts'
import type { ProducerSession } from './client/kafka-client.ts'
import type { KafkaCommittable } from './committable.ts'
import { kafkaSink } from './sink.ts'
import type { OnLostTransaction } from './transaction-committer.ts'

const MINUTE = 60_000

function setUp(options: Partial<ModelKafkaOptions> = {}, onLostTransaction: OnLostTransaction = 'fail') {
  const kafka = new ModelKafka({ topics: { out: 1 }, ...options })
  /** In which the sink is opened next. */
  const processes: StoppableProcess[] = []
  const sink = kafkaSink({
    brokers: ['model:1'],
    client: {
      name: 'model',
      create: async () => (processes.shift() ?? new StoppableProcess()).client(kafka.client()),
    },
    topic: 'out',
    format: text(),
    transactionalIdPrefix: 'job',
    onLostTransaction,
  })
  const job = new SinkJob(sink)
  const idOf = (at: number): string | undefined => (job.pending[at] as KafkaCommittable | undefined)?.transactionalId
  return { kafka, sink, job, idOf, processes }
}

const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => textOf(n))

const passes = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** True when it is asked after so many. */
function after(passes: number): () => boolean {
  let left = passes
  return () => left-- <= 0
}

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

describe('the transactional ids of a sink', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are none before anything is written, but for the claim of a generation', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.checkpoint())
    expect(kafka.transactions.ids()).toEqual(['job-out-claim'])
  })

  it('are of a generation that no other start has', async () => {
    const { job, idOf } = setUp()
    const ids: (string | undefined)[] = []
    for (let lives = 0; lives < 3; lives++) {
      await done(job.start())
      await done(job.write(1))
      await done(job.prepare())
      ids.push(idOf(0))
      job.crash()
    }
    expect(ids).toEqual(['job-out-1000.0.0', 'job-out-1000.1.0', 'job-out-1000.2.0'])
  })

  it('are passed over where they are known though they were never used: the brokers have lost a claim', async () => {
    const { kafka, job, idOf } = setUp()
    kafka.transactions.initProducerId('job-out-claim', 60_000)
    const held = kafka.transactions.initProducerId('job-out-1000.1.0', 60_000)
    kafka.transactions.add('job-out-1000.1.0', held, ['out-0'])
    await done(job.start())
    await done(job.write(1))
    await done(job.prepare())
    expect(idOf(0)).toBe('job-out-1000.1.1')
    expect(kafka.transactions.open).toBe(2)
  })

  it('are one for each transaction that is pending, the lowest free first', async () => {
    const { job, idOf } = setUp()
    await done(job.start())
    for (let n = 0; n < 4; n++) {
      await done(job.write(2))
      await done(job.prepare())
    }
    expect([0, 1, 2, 3].map(idOf)).toEqual([
      'job-out-1000.0.0',
      'job-out-1000.0.1',
      'job-out-1000.0.2',
      'job-out-1000.0.3',
    ])
  })

  it('are used again only when a later checkpoint is durable than the one that holds them', async () => {
    const { kafka, job, idOf } = setUp()
    const used: (string | undefined)[] = []
    await done(job.start())
    for (let n = 0; n < 5; n++) {
      await done(job.write(1))
      await done(job.prepare())
      used.push(idOf(0))
      job.store()
      await done(job.commit())
    }
    expect(used).toEqual([
      'job-out-1000.0.0',
      'job-out-1000.0.1',
      'job-out-1000.0.0',
      'job-out-1000.0.1',
      'job-out-1000.0.0',
    ])
    expect(kafka.read('out', 0)).toEqual(upTo(5))
  })

  it('stay as they are when a checkpoint fails, until one after the next that holds them is durable', async () => {
    const { kafka, job, idOf } = setUp()
    await done(job.start())
    await done(job.write(1))
    await done(job.prepare())
    await done(job.write(1))
    await done(job.checkpoint())
    // Checkpoint 2 holds both; if it is gone on with, both must be there to commit.
    await done(job.write(1))
    await done(job.prepare())
    expect(idOf(0)).toBe('job-out-1000.0.2')
    job.crash()
    await done(job.start())
    expect(kafka.read('out', 0)).toEqual(upTo(2))
    await done(job.write(1))
    await done(job.checkpoint())
    expect(kafka.read('out', 0)).toEqual(upTo(3))
  })

  it('have a new session for each transaction, so that a commit that comes again ends no other', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    const sessions = new Set<string>()
    let first: unknown
    for (let n = 0; n < 6; n++) {
      await done(job.write(1))
      await done(job.prepare())
      const prepared = job.pending[0] as KafkaCommittable
      first ??= prepared
      sessions.add(`${prepared.transactionalId} ${prepared.producerId} ${prepared.epoch}`)
      job.store()
      await done(job.commit())
    }
    expect(sessions.size).toBe(6)
    await done(job.write(1))
    await done(job.prepare())
    const { transactionalId, producerId, epoch } = first as KafkaCommittable
    expect(() => kafka.transactions.end(transactionalId, { producerId, epoch }, true)).toThrow('job-out-1000.0.0')
    expect(kafka.read('out', 0)).toEqual(upTo(6))
  })

  it('go on under another producer id when the epochs of one are used up', async () => {
    const { kafka, job } = setUp({ lastEpoch: 2 })
    await done(job.start())
    for (let n = 0; n < 12; n++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    expect(kafka.read('out', 0)).toEqual(upTo(12))
  })

  it('survive that the answer to any request is lost', async () => {
    const { kafka, job } = setUp({ lastEpoch: 4 })
    let seed = 7
    kafka.plan = ({ api }) => {
      seed = (seed * 48_271) % 2_147_483_647
      return api !== 'metadata' && seed % 3 === 0
        ? { fault: 'CONNECTION_LOST', isCarriedOut: seed % 2 === 0 }
        : undefined
    }
    await done(job.start())
    for (let round = 0; round < 12; round++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    expect(kafka.read('out', 0)).toEqual(upTo(12))
  })
})

describe('a successor', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('commits what the checkpoint holds, aborts everything else, and does not touch what it may have to commit again', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.write(2))
    await done(job.prepare())
    job.store()
    for (let n = 0; n < 4; n++) {
      await done(job.write(1))
      await done(job.prepare())
    }
    await done(job.write(1))
    expect(kafka.transactions.open).toBe(6)
    for (let lives = 0; lives < 3; lives++) {
      job.crash()
      await done(job.start())
      expect(kafka.transactions.open).toBe(0)
      expect(kafka.read('out', 0)).toEqual(upTo(2))
    }
  })

  it('uses two ids, where its checkpoints are durable before the next, and none where it writes nothing', async () => {
    const { kafka, job } = setUp()
    for (let lives = 0; lives < 20; lives++) {
      await done(job.start())
      for (let n = 0; n < 3; n++) {
        await done(job.write(1))
        await done(job.checkpoint())
      }
      await done(job.write(1))
      job.crash()
      await done(job.start())
      job.crash()
    }
    expect(kafka.transactions.ids()).toHaveLength(1 + 20 * 2)
    expect(kafka.read('out', 0)).toEqual(upTo(60))
  })

  it('aborts what was left before many starts that came to nothing, by few requests', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.write(1))
    job.crash()
    for (let lives = 0; lives < 90; lives++) kafka.transactions.initProducerId('job-out-claim', 60_000)
    expect(kafka.transactions.open).toBe(1)
    await done(job.start())
    expect(kafka.transactions.open).toBe(0)
    job.crash()

    for (let lives = 0; lives < 10_000; lives++) kafka.transactions.initProducerId('job-out-claim', 60_000)
    let requests = 0
    kafka.plan = () => {
      requests += 1
      return undefined
    }
    await done(job.start())
    expect(requests).toBeLessThan(250)
  })

  it('goes on from a checkpoint of the version without generations: commits what it holds, and takes all other ids', async () => {
    const { kafka, sink } = setUp()
    const { transactions } = kafka
    const begin = (n: number) => {
      const session = transactions.initProducerId(`job-out-${n}`, 600_000)
      transactions.add(`job-out-${n}`, session, ['out-0'])
      return session
    }
    const sessions = [0, 1, 2, 3].map(begin)
    const held = {
      version: 1,
      transactionalId: 'job-out-1',
      ...(sessions[1] as ProducerSession),
      checkpointId: 7,
      preparedAt: 0,
      records: 0,
      partitions: [],
    }
    for (let starts = 0; starts < 2; starts++) {
      const writer = await sink.open({ operatorId: 'out', signal: new AbortController().signal, restored: true })
      await done(Promise.resolve(writer.recover?.([held], { version: 1, checkpointId: 7, ids: 3 })))
      expect(sessions.map((session, n) => transactions.newest(`job-out-${n}`)?.epoch === session.epoch)).toEqual([
        false,
        true,
        false,
        false,
      ])
      expect(transactions.open).toBe(0)
      expect(() => transactions.end('job-out-1', sessions[1] as ProducerSession, true)).not.toThrow()
    }
  })

  it('finds all ids also when the epochs of some have begun again at 0', async () => {
    const { kafka, job } = setUp({ lastEpoch: 3 })
    await done(job.start())
    for (let n = 0; n < 5; n++) {
      await done(job.write(1))
      await done(job.prepare())
    }
    for (let lives = 0; lives < 8; lives++) {
      job.crash()
      await done(job.start())
      expect(kafka.transactions.open).toBe(0)
      for (let n = 0; n < 5; n++) {
        await done(job.write(1))
        await done(job.prepare())
      }
    }
  })

  it('aborts on a fresh start what an earlier job has left open', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    for (let n = 0; n < 5; n++) {
      await done(job.write(1))
      await done(job.prepare())
    }
    job.crash()
    await done(job.start())
    expect(kafka.transactions.open).toBe(0)
    await done(job.write(1))
    await done(job.checkpoint())
    expect(kafka.read('out', 0)).toEqual(upTo(1))
  })

  it.each([
    ['has committed it', true],
    ['died before', false],
  ])(
    'that goes back behind a checkpoint of one that %s is refused, rather than write twice',
    async (_, isCommitted) => {
      const { kafka, job } = setUp()
      await done(job.start())
      await done(job.write(1))
      await done(job.prepare())
      job.store()
      const older = job.durable
      job.crash()
      await done(job.start())
      await done(job.write(1))
      await done(job.prepare())
      job.store()
      if (isCommitted) await done(job.commit())
      job.crash()
      if (!isCommitted) {
        await done(job.start())
        job.crash()
      }
      job.goBackTo(older)
      await expect(done(job.start())).rejects.toMatchObject({ code: 'KAFKA_TRANSACTION_LOST' })
      expect(kafka.read('out', 0)).toEqual(upTo(2))
    },
  )

  it('commits what a job has left that was exactly once, though itself it is not', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.write(2))
    await done(job.prepare())
    const atLeastOnce = kafkaSink({
      brokers: ['model:1'],
      client: { name: 'model', create: async () => kafka.client() },
      topic: 'out',
      format: text(),
      delivery: 'at-least-once',
    })
    const writer = await atLeastOnce.open({ operatorId: 'out', signal: new AbortController().signal, restored: true })
    await done(Promise.resolve(writer.recover?.(job.pending, undefined)))
    expect(kafka.read('out', 0)).toEqual(upTo(2))
  })
})

describe('a zombie', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** A job that has written some, and its successor; the zombie is as it was left by `last`. */
  async function withSuccessor(last: (job: SinkJob) => Promise<void>) {
    const { kafka, job } = setUp()
    await done(job.start())
    for (let n = 0; n < 4; n++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    await done(last(job))
    const zombie = job.crash() as Zombie
    await done(job.start())
    return { kafka, job, zombie }
  }

  /** What becomes of a zombie that writes and prepares. */
  async function wakes({ writer, next }: Zombie): Promise<unknown> {
    try {
      await done(Promise.resolve(writer.write([textOf(next)], [0])))
      await done(Promise.resolve(writer.prepareCommit?.(99)))
      return undefined
    } catch (error) {
      return error
    }
  }

  it('that was in a transaction is refused, and fails', async () => {
    const { kafka, job, zombie } = await withSuccessor((job) => job.write(3))
    expect(await wakes(zombie)).toMatchObject({ code: 'KAFKA_FENCED', retryable: false })
    await done(job.write(1))
    await done(job.checkpoint())
    expect(kafka.read('out', 0)).toEqual(upTo(5))
  })

  it('that was in none is refused a session, and disturbs nothing that its successor has prepared', async () => {
    const { kafka, job, zombie } = await withSuccessor(async () => {})
    for (let n = 0; n < 3; n++) {
      await done(job.write(1))
      await done(job.prepare())
      job.store()
    }
    expect(await wakes(zombie)).toMatchObject({ code: 'KAFKA_FENCED', retryable: false })
    await done(job.commit())
    expect(kafka.read('out', 0)).toEqual(upTo(7))
  })

  it('that has used all its ids finds the next one used', async () => {
    const { kafka, job, zombie } = await withSuccessor(async (job) => {
      for (let n = 0; n < 2; n++) {
        await job.write(1)
        await job.prepare()
      }
    })
    expect(await wakes(zombie)).toMatchObject({ code: 'KAFKA_FENCED' })
    await done(job.write(1))
    await done(job.checkpoint())
    expect(kafka.read('out', 0)).toEqual(upTo(5))
  })

  it('that asks for one id more than it has ends nothing that its successor has under it', async () => {
    const { kafka, job, zombie } = await withSuccessor(async (job) => {
      for (let n = 0; n < 2; n++) {
        await job.write(1)
        await job.prepare()
      }
    })
    for (let n = 0; n < 3; n++) {
      await done(job.write(1))
      await done(job.prepare())
    }
    job.store()
    expect(await wakes(zombie)).toMatchObject({ code: 'KAFKA_FENCED' })
    await done(job.commit())
    expect(kafka.read('out', 0)).toEqual(upTo(7))
  })

  it.each(passes(16))(
    'stopped after %i requests and answers of its next checkpoint takes nothing from its successor',
    async (count) => {
      const { kafka, job, processes } = setUp()
      const process = new StoppableProcess()
      processes.push(process)
      await done(job.start())
      for (let n = 0; n < 2; n++) {
        await done(job.write(1))
        await done(job.checkpoint())
      }
      process.stopsAt = after(count)
      await done(job.write(1))
      const asleep = job.checkpoint().catch(() => {})
      await done(Promise.race([asleep, process.stopped]))
      const { writer } = job.crash() as Zombie
      await done(job.start())
      for (let n = 0; n < 3; n++) {
        await done(job.write(1))
        await done(job.prepare())
        job.store()
      }
      process.wake()
      await done(asleep)
      await done(Promise.resolve(writer.close?.()))
      await done(job.commit())
      expect(kafka.read('out', 0)).toEqual(upTo(job.reached))
      expect(job.reached).toBeGreaterThan(4)
    },
  )

  it.each(passes(20))(
    'stopped after %i requests and answers of its start takes nothing from its successor',
    async (count) => {
      const { kafka, job, processes } = setUp()
      await done(job.start())
      await done(job.write(1))
      await done(job.checkpoint())
      await done(job.write(2))
      job.crash()
      const process = new StoppableProcess(after(count))
      processes.push(process)
      const asleep = job.start().catch(() => {})
      await done(Promise.race([asleep, process.stopped]))
      await done(job.start())
      await done(job.write(1))
      await done(job.prepare())
      job.store()
      process.wake()
      await done(asleep)
      await done(job.commit())
      await done(job.write(1))
      await done(job.checkpoint())
      expect(kafka.read('out', 0)).toEqual(upTo(3))
      expect(kafka.transactions.open).toBe(0)
    },
  )

  it('commits with the same effect what its successor has committed, and cannot commit anything else', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.write(2))
    await done(job.prepare())
    job.store()
    const durable = job.pending[0]
    await done(job.write(2))
    await done(job.prepare())
    const undone = job.pending[1]
    const zombie = job.crash() as Zombie
    await done(job.start())
    await done(Promise.resolve(zombie.writer.commit?.(durable)))
    const refused = await done(Promise.resolve(zombie.writer.commit?.(undone))).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'KAFKA_TRANSACTION_LOST' })
    expect(kafka.read('out', 0)).toEqual(upTo(2))
  })
})

describe('an instance with checkpoints of its own', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each([0, 1, 2])('is fenced when another begins, after %i checkpoints', async (checkpoints) => {
    const { kafka, sink, job } = setUp()
    await done(job.start())
    for (let n = 0; n < checkpoints; n++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    const other = new SinkJob(sink)
    await done(other.start())
    await done(other.write(1))
    await done(other.checkpoint())
    const goesOn = done(job.write(1).then(() => job.prepare()))
    await expect(goesOn).rejects.toMatchObject({ code: 'KAFKA_FENCED', retryable: false })
    await done(other.write(1))
    await done(other.checkpoint())
    expect(kafka.read('out', 0)).toEqual([...upTo(checkpoints), ...upTo(2)])
  })

  it('is fenced in the middle of a transaction, which is aborted', async () => {
    const { kafka, sink, job } = setUp()
    await done(job.start())
    await done(job.write(1))
    const other = new SinkJob(sink)
    await done(other.start())
    expect(kafka.transactions.open).toBe(0)
    await expect(done(job.write(1).then(() => job.prepare()))).rejects.toMatchObject({ code: 'KAFKA_FENCED' })
  })

  it('goes on when the brokers have forgotten its claim', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    for (let n = 0; n < 3; n++) {
      kafka.transactions.forget('job-out-claim')
      await done(job.write(1))
      await done(job.checkpoint())
    }
    expect(kafka.read('out', 0)).toEqual(upTo(3))
  })

  it.each(['before it asks', 'after it asked'])('is fenced where another has claimed anew %s', async (when) => {
    const { kafka, sink, job, processes } = setUp()
    const process = new StoppableProcess()
    processes.push(process)
    await done(job.start())
    for (let n = 0; n < 2; n++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    kafka.transactions.forget('job-out-claim')
    process.stopsAt = (request, way) =>
      request === 'newestSession' && way === (when === 'after it asked' ? 'back' : 'out')
    await done(job.write(1))
    const goesOn = job.prepare().catch((error: unknown) => error)
    await done(process.stopped)
    const other = new SinkJob(sink)
    await done(other.start())
    await done(other.write(1))
    await done(other.checkpoint())
    process.wake()
    expect(await done(goesOn)).toMatchObject({ code: 'KAFKA_FENCED' })
    await done(other.write(1))
    await done(other.checkpoint())
    expect(kafka.read('out', 0)).toEqual([...upTo(2), ...upTo(2)])
  })
})

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Time goes by, for us and for the coordinator. */
  function passes(kafka: ModelKafka, ms: number): void {
    vi.setSystemTime(Date.now() + ms)
    kafka.transactions.now += ms
    kafka.transactions.expire()
  }

  async function withLost(onLost: OnLostTransaction) {
    const { kafka, job } = setUp({}, onLost)
    await done(job.start())
    await done(job.write(3))
    await done(job.checkpoint())
    await done(job.write(2))
    await done(job.prepare())
    job.store()
    job.crash()
    passes(kafka, 11 * MINUTE)
    return { kafka, job }
  }

  it('that was too long makes a prepared transaction a loss, which is said with everything that is known', async () => {
    const { job } = await withLost('fail')
    const error = await done(job.start()).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'KAFKA_TRANSACTION_LOST', retryable: false })
    expect((error as Error).message).toContain(
      "2 records of checkpoint 2 may be lost: the commit of transactional id 'job-out-1000.0.1' was refused (PRODUCER_FENCED); " +
        'offsets out-0 3..4; prepared 660.0 s ago, with a time-out of 600 s',
    )
  })

  it('is gone over where the options say so, with a warning, and the id is left alone', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { kafka, job } = await withLost('continue')
    await done(job.start())
    expect(warning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('job-out-1000.0.1'), {
      code: 'KAFKA_TRANSACTION_LOST',
    })
    for (let n = 0; n < 4; n++) {
      await done(job.write(1))
      await done(job.checkpoint())
    }
    expect(kafka.read('out', 0)).toEqual([...upTo(3), textOf(5), textOf(6), textOf(7), textOf(8)])
  })

  it('that was too long in mid-transaction fails it, and the job may go on from its checkpoint', async () => {
    const { kafka, job } = setUp()
    await done(job.start())
    await done(job.write(1))
    await vi.advanceTimersByTimeAsync(10)
    passes(kafka, 11 * MINUTE)
    await done(job.write(1))
    const error = await done(job.prepare()).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'KAFKA_TRANSACTION_TIMED_OUT', retryable: true })
    job.crash()
    await done(job.start())
    await done(job.write(2))
    await done(job.checkpoint())
    expect(kafka.read('out', 0)).toEqual(upTo(2))
  })
})
