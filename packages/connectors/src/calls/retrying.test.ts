import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceConnectorError } from '../errors.ts'
import { type RetryBehaviour, type RetryOptions, retrying } from './retrying.ts'

const passes = new Error('passes')
const stays = new Error('stays')

function setUp(options: RetryOptions = {}, isRetryable: RetryBehaviour['isRetryable'] = (error) => error === passes) {
  const closing = new AbortController()
  const retries: { attempt: number; delayMs: number; error: unknown }[] = []
  const behaviour = { what: 'GET /x of the registry', isRetryable, onRetry: (retry: never) => void retries.push(retry) }
  const call = retrying(behaviour, closing.signal, options)
  return { call, closing, retries }
}

/** Settles by fake time alone: what came out, and at which ms. */
async function settled<R>(promise: Promise<R>): Promise<{ value?: R; error?: unknown; atMs: number }> {
  const start = Date.now()
  const outcome = promise.then(
    (value) => ({ value, atMs: Date.now() - start }),
    (error: unknown) => ({ error, atMs: Date.now() - start }),
  )
  await vi.runAllTimersAsync()
  return outcome
}

const never = () => new Promise<never>(() => undefined)

describe('retrying', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('gives the first answer, and leaves no timer behind', async () => {
    const { call, retries } = setUp()
    expect(await call(() => Promise.resolve(7))).toBe(7)
    expect(retries).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tries again while the failure passes, and says each time for how long it waits', async () => {
    const { call, retries } = setUp()
    const work = vi.fn().mockRejectedValueOnce(passes).mockRejectedValueOnce(passes).mockResolvedValue('done')
    const { value, atMs } = await settled(call(work))
    expect(value).toBe('done')
    expect(retries).toMatchObject([
      { attempt: 1, error: passes },
      { attempt: 2, error: passes },
    ])
    // A timer counts in whole ms.
    expect(Math.abs(atMs - retries.reduce((sum, { delayMs }) => sum + delayMs, 0))).toBeLessThan(3)
  })

  it('throws the failure itself when it does not pass, and when there are no tries left', async () => {
    const { call, retries } = setUp({ attempts: 3 })
    const refused = vi.fn().mockRejectedValue(stays)
    expect((await settled(call(refused))).error).toBe(stays)
    expect(refused).toHaveBeenCalledTimes(1)
    const down = vi.fn().mockRejectedValue(passes)
    expect((await settled(call(down))).error).toBe(passes)
    expect(down).toHaveBeenCalledTimes(3)
    expect(retries).toHaveLength(2)
  })

  it('goes by what an error of this package says of itself', async () => {
    const { call } = setUp({ attempts: 2 }, () => {
      throw new Error('asked')
    })
    const known = vi.fn().mockRejectedValue(new MillraceConnectorError('FILE_NONE_FOUND', 'x'))
    expect((await settled(call(known))).error).toMatchObject({ code: 'FILE_NONE_FOUND' })
    expect(known).toHaveBeenCalledTimes(1)
    const open = vi.fn().mockRejectedValue(new MillraceConnectorError('CONNECTOR_CIRCUIT_OPEN', 'x'))
    await settled(call(open))
    expect(open).toHaveBeenCalledTimes(2)
  })

  it('waits about twice as long each time, spread at random, and never longer than the limit', async () => {
    let seed = 1
    vi.spyOn(Math, 'random').mockImplementation(() => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    })
    const options = { attempts: 9, firstDelayMs: 100, maxDelayMs: 4_000, deadlineMs: 600_000 }
    const delays: number[][] = Array.from({ length: 8 }, () => [])
    for (let n = 0; n < 200; n++) {
      const { call, retries } = setUp(options)
      await settled(call(() => Promise.reject(passes)))
      for (const { attempt, delayMs } of retries) delays[attempt - 1]?.push(delayMs)
    }
    const medians = delays.map((all) => all.sort((a, b) => a - b)[100] as number)
    for (const [index, median] of medians.slice(0, 5).entries()) {
      expect(median / (100 * 2 ** index)).toBeGreaterThan(0.35)
      expect(median / (100 * 2 ** index)).toBeLessThan(1.5)
    }
    expect(Math.max(...delays.flat())).toBe(4_000)
    expect(new Set(delays[0]).size).toBeGreaterThan(150)
  })

  it('ends a try that takes too long, by its signal, and makes it again', async () => {
    const { call, retries } = setUp({ timeoutMs: 1_000, firstDelayMs: 1 })
    const signals: AbortSignal[] = []
    const { value } = await settled(
      call((signal) => {
        signals.push(signal)
        return signals.length === 1 ? never() : Promise.resolve('done')
      }),
    )
    expect(value).toBe('done')
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false])
    expect(retries).toMatchObject([{ error: { code: 'CONNECTOR_CALL_TIMED_OUT' } }])
  })

  it('says after the last try that there was no answer, with the failure before as its cause', async () => {
    const { call } = setUp({ attempts: 2, timeoutMs: 1_000 })
    const work = vi.fn().mockRejectedValueOnce(passes).mockImplementation(never)
    const { error } = await settled(call(work))
    expect(error).toMatchObject({ code: 'CONNECTOR_CALL_TIMED_OUT', retryable: true, cause: passes })
    expect((error as Error).message).toContain('GET /x of the registry had no answer within 1000 ms')
  })

  it('keeps the deadline, in the middle of a try and of a wait, and calls nothing after it', async () => {
    const trying = setUp({ deadlineMs: 500 })
    const slow = await settled(trying.call(never))
    expect(slow).toMatchObject({ atMs: 500, error: { code: 'CONNECTOR_CALL_TIMED_OUT', cause: undefined } })

    const waiting = setUp({ deadlineMs: 500, firstDelayMs: 100_000, maxDelayMs: 100_000 })
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const work = vi.fn().mockRejectedValue(passes)
    const late = await settled(waiting.call(work))
    expect(late).toMatchObject({ atMs: 500, error: { code: 'CONNECTOR_CALL_TIMED_OUT', cause: passes } })
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('ends at once with the reason of its signal, in a try and in a wait', async () => {
    const reason = new Error('closing')
    for (const work of [vi.fn().mockImplementation(never), vi.fn().mockRejectedValue(passes)]) {
      const { call, closing } = setUp({ firstDelayMs: 9_000 })
      vi.spyOn(Math, 'random').mockReturnValue(0.5)
      setTimeout(() => closing.abort(reason), 300)
      expect(await settled(call(work))).toEqual({ error: reason, atMs: 300 })
      expect(work).toHaveBeenCalledTimes(1)
      await expect(call(work)).rejects.toBe(reason)
      expect(work).toHaveBeenCalledTimes(1)
    }
  })

  it('refuses limits that cannot be', () => {
    for (const options of [{ attempts: 0 }, { timeoutMs: 0 }, { deadlineMs: 1.5 }, { maxDelayMs: 2 ** 31 }]) {
      expect(() => setUp(options)).toThrow('CONNECTOR_OPTION_INVALID')
    }
  })
})
