import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BatchBehaviour, type BatchLimits, BatchSender, type EntryFailure } from './batch-sender.ts'

interface Entry {
  readonly key: string | undefined
  readonly n: number
}

const LIMITS: BatchLimits = {
  maxCount: 4,
  maxBytes: 100,
  maxInFlight: 2,
  lingerMs: 0,
  maxBufferedBytes: 1_000,
  retryForMs: 10_000,
  firstDelayMs: 10,
  maxDelayMs: 100,
}
const slow: EntryFailure = { retryable: true, error: new Error('slow down') }
const bad: EntryFailure = { retryable: false, error: new Error('refused') }

/** A service that takes what `answers` says, request by request, then everything; each answer takes 5 ms. */
class Service {
  readonly requests: Entry[][] = []
  readonly taken: Entry[] = []
  inFlight = 0
  mostInFlight = 0
  readonly #answer: (entry: Entry, request: number) => EntryFailure | undefined

  constructor(answer: (entry: Entry, request: number) => EntryFailure | undefined = () => undefined) {
    this.#answer = answer
  }

  async send(entries: readonly Entry[]): Promise<(EntryFailure | undefined)[]> {
    const request = this.requests.push([...entries]) - 1
    this.inFlight += 1
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    await new Promise((resolve) => setTimeout(resolve, 5))
    this.inFlight -= 1
    const answers = entries.map((entry) => this.#answer(entry, request))
    this.taken.push(...entries.filter((_, index) => answers[index] === undefined))
    return answers
  }
}

function setUp(service: Service, limits: Partial<BatchLimits> = {}, behaviour: Partial<BatchBehaviour<Entry>> = {}) {
  return new BatchSender<Entry>(
    { ...LIMITS, ...limits },
    {
      keyOf: ({ key }) => key,
      send: (entries) => service.send(entries),
      failureOf: (error) => ({ retryable: true, error: error as Error }),
      ...behaviour,
    },
  )
}

function entry(n: number, key?: string): Entry {
  return { n, key }
}

const numbers = (entries: readonly Entry[]): number[] => entries.map(({ n }) => n)

async function settled<R>(promise: Promise<R>): Promise<{ value?: R; error?: unknown }> {
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await vi.runAllTimersAsync()
  return outcome
}

describe('BatchSender', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('fills requests up to the count and to the bytes, and sends one that is too large alone', async () => {
    const service = new Service()
    const sender = setUp(service)
    for (const [n, bytes] of [10, 10, 10, 10, 60, 60, 500, 10].entries()) sender.add(entry(n), bytes)
    await settled(sender.flush())
    expect(service.requests.map(numbers)).toEqual([[0, 1, 2, 3], [4], [5], [6], [7]])
  })

  it('has no more requests under way than allowed', async () => {
    const service = new Service()
    const sender = setUp(service)
    for (let n = 0; n < 40; n++) sender.add(entry(n), 1)
    await settled(sender.flush())
    expect(service.mostInFlight).toBe(2)
    expect(service.taken).toHaveLength(40)
  })

  it('sends again what was refused for now, and nothing else', async () => {
    const service = new Service(({ n }, request) => (request === 0 && n % 2 === 1 ? slow : undefined))
    const sender = setUp(service)
    for (let n = 0; n < 4; n++) sender.add(entry(n), 1)
    await settled(sender.flush())
    expect(service.requests.map(numbers)).toEqual([
      [0, 1, 2, 3],
      [1, 3],
    ])
  })

  it('sends a whole request again when it has failed', async () => {
    const service = new Service()
    let requests = 0
    const send = (entries: readonly Entry[]) =>
      requests++ === 0 ? Promise.reject(new Error('cut')) : service.send(entries)
    const onRetry = vi.fn()
    const sender = setUp(service, {}, { send, onRetry })
    for (let n = 0; n < 3; n++) sender.add(entry(n), 1)
    await settled(sender.flush())
    expect(numbers(service.taken)).toEqual([0, 1, 2])
    expect(onRetry.mock.calls).toEqual([[3]])
  })

  it('lets no entry of a key pass one that has to be sent again', async () => {
    const service = new Service(({ n }, request) => (n === 0 && request < 3 ? slow : undefined))
    const sender = setUp(service)
    sender.add(entry(0, 'a'), 1)
    sender.add(entry(1, 'a'), 1)
    sender.add(entry(2, 'b'), 1)
    sender.add(entry(3, 'a'), 1)
    await settled(sender.flush())
    expect(numbers(service.taken.filter(({ key }) => key === 'a'))).toEqual([0, 1, 3])
    expect(numbers(service.taken)[0]).toBe(2)
  })

  it('fails with what nothing helps against, now and later', async () => {
    const sender = setUp(new Service(({ n }) => (n === 1 ? bad : undefined)))
    sender.add(entry(0), 1)
    sender.add(entry(1), 1)
    expect((await settled(sender.flush())).error).toBe(bad.error)
    expect(() => sender.add(entry(2), 1)).toThrow(bad.error)
    expect(() => sender.room()).toThrow(bad.error)
    await expect(sender.flush()).rejects.toBe(bad.error)
  })

  it('goes on past a refused entry that has been dealt with', async () => {
    const service = new Service(({ n }) => (n === 1 ? bad : undefined))
    const refused: Entry[] = []
    const onRefused = (each: Entry): boolean => refused.push(each) > 0
    const sender = setUp(service, {}, { onRefused })
    for (let n = 0; n < 3; n++) sender.add(entry(n, 'a'), 1)
    expect(await settled(sender.flush())).toEqual({ value: undefined })
    expect(numbers(service.taken)).toEqual([0, 2])
    expect(numbers(refused)).toEqual([1])
  })

  it('fails with what a callback of its own throws', async () => {
    const broken = new Error('a fault of whoever is told')
    const onRefused = (): boolean => {
      throw broken
    }
    const sender = setUp(new Service(({ n }) => (n === 0 ? bad : undefined)), {}, { onRefused })
    sender.add(entry(0), 1)
    expect((await settled(sender.flush())).error).toBe(broken)
    expect(() => sender.add(entry(1), 1)).toThrow(broken)
  })

  it('gives up on an entry when its time is over', async () => {
    const service = new Service(() => slow)
    const sender = setUp(service, { retryForMs: 1_000 })
    const begun = performance.now()
    sender.add(entry(0), 1)
    expect((await settled(sender.flush())).error).toBe(slow.error)
    const tookMs = performance.now() - begun
    expect(tookMs).toBeGreaterThanOrEqual(1_000)
    expect(tookMs).toBeLessThan(1_200)
  })

  it('keeps the pauses between the first and the longest, and asks no more often while everything is refused', async () => {
    const at: number[] = []
    const service = new Service()
    const send = (entries: readonly Entry[]) => {
      at.push(performance.now())
      return at.length <= 6 ? Promise.resolve(entries.map(() => slow)) : service.send(entries)
    }
    const sender = setUp(service, { maxInFlight: 1 }, { send })
    for (let n = 0; n < 12; n++) sender.add(entry(n), 1)
    await settled(sender.flush())
    const pauses = at.slice(1, 7).map((ms, index) => ms - (at[index] as number))
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(10)
    for (const pause of pauses) expect(pause).toBeLessThanOrEqual(101)
    expect(numbers(service.taken).toSorted((a, b) => a - b)).toEqual([...Array(12).keys()])
  })

  it('waits for company as long as it may, and no longer', async () => {
    const service = new Service()
    const sender = setUp(service, { lingerMs: 50 })
    sender.add(entry(0), 1)
    expect(sender.room()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(49)
    expect(service.requests).toEqual([])
    sender.add(entry(1), 1)
    await vi.advanceTimersByTimeAsync(1)
    expect(service.requests.map(numbers)).toEqual([[0, 1]])
  })

  it('does not wait for company when a request is full, or at a flush', async () => {
    const service = new Service()
    const sender = setUp(service, { lingerMs: 50_000 })
    for (let n = 0; n < 5; n++) sender.add(entry(n), 1)
    expect(service.requests.map(numbers)).toEqual([[0, 1, 2, 3]])
    const flushed = sender.flush()
    await vi.advanceTimersByTimeAsync(10)
    await flushed
    expect(service.requests.map(numbers)).toEqual([[0, 1, 2, 3], [4]])
  })

  it('asks to wait while more is buffered than may be', async () => {
    const service = new Service()
    const sender = setUp(service, { maxBufferedBytes: 30 })
    for (let n = 0; n < 4; n++) sender.add(entry(n), 10)
    const room = sender.room()
    expect(room).toBeInstanceOf(Promise)
    await vi.runAllTimersAsync()
    await room
    expect(sender.bufferedBytes).toBe(0)
    expect(sender.room()).toBeUndefined()
  })

  it('takes an answer of the wrong length for a failure of the whole request', async () => {
    const service = new Service()
    let requests = 0
    const send = (entries: readonly Entry[]) => (requests++ === 0 ? Promise.resolve([]) : service.send(entries))
    const sender = setUp(service, {}, { send })
    sender.add(entry(0), 1)
    await settled(sender.flush())
    expect(numbers(service.taken)).toEqual([0])
  })

  it('rejects who waits when it is closed, and leaves no timer', async () => {
    const sender = setUp(new Service(() => slow), { lingerMs: 10 })
    sender.add(entry(0), 1)
    const flushed = sender.flush()
    const rejected = expect(flushed).rejects.toThrow('closed')
    await vi.advanceTimersByTimeAsync(6)
    sender.close()
    await rejected
    expect(vi.getTimerCount()).toBe(0)
  })

  it('delivers each entry once, keys in order, whatever is refused for now', async () => {
    const entries = fc.array(
      fc.record({ key: fc.constantFrom(undefined, 'a', 'b', 'c'), bytes: fc.integer({ min: 1, max: 60 }) }),
      {
        maxLength: 60,
      },
    )
    const refusals = fc.infiniteStream(fc.constantFrom(true, false, false))
    await fc.assert(
      fc.asyncProperty(
        entries,
        refusals,
        fc.constantFrom(0, 20),
        fc.integer({ min: 1, max: 4 }),
        async (given, dice, lingerMs, maxInFlight) => {
          const service = new Service(() => (dice.next().value === true ? slow : undefined))
          const underWay = new Set<string>()
          const send = async (sent: readonly Entry[]) => {
            const keys = sent.flatMap(({ key }) => key ?? [])
            expect(new Set(keys).size).toBe(keys.length)
            for (const key of keys) expect(underWay.has(key)).toBe(false)
            for (const key of keys) underWay.add(key)
            const answer = await service.send(sent)
            for (const key of keys) underWay.delete(key)
            return answer
          }
          const sender = setUp(service, { lingerMs, maxInFlight, retryForMs: 1_000_000 }, { send })
          for (const [n, { key, bytes }] of given.entries()) {
            sender.add(entry(n, key), bytes)
            if (n % 7 === 0) void sender.room()
          }
          await settled(sender.flush())
          expect(numbers(service.taken).toSorted((a, b) => a - b)).toEqual([...given.keys()])
          for (const key of ['a', 'b', 'c']) {
            const ofKey = numbers(service.taken.filter((each) => each.key === key))
            expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b))
          }
          for (const request of service.requests) {
            const bytes = request.reduce((sum, { n }) => sum + (given[n]?.bytes ?? 0), 0)
            expect(request.length).toBeLessThanOrEqual(4)
            expect(request.length === 1 || bytes <= 100).toBe(true)
          }
          expect(service.mostInFlight).toBeLessThanOrEqual(maxInFlight)
          expect(sender.bufferedEntries).toBe(0)
          expect(sender.bufferedBytes).toBe(0)
        },
      ),
    )
  })
})
