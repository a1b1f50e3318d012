import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { circuitBreaker } from './circuit-breaker.ts'

const down = new Error('down')
const refused = new Error('refused')

function setUp() {
  const states: string[] = []
  const behaviour = {
    what: 'the brokers',
    isFailure: (error: unknown) => error === down,
    onState: (state: string) => void states.push(state),
  }
  return { breaker: circuitBreaker(behaviour, { opensAfter: 3, halfOpenAfterMs: 1_000 }), states }
}

const fail = () => Promise.reject(down)
const succeed = () => Promise.resolve('done')

async function failTimes(breaker: ReturnType<typeof circuitBreaker>, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await expect(breaker.run(fail)).rejects.toBe(down)
}

describe('a circuit breaker', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('opens after failures in a row, and then refuses calls without making them', async () => {
    const { breaker, states } = setUp()
    await failTimes(breaker, 2)
    expect(await breaker.run(succeed)).toBe('done')
    await failTimes(breaker, 2)
    expect(breaker.state).toBe('closed')
    await failTimes(breaker, 1)
    expect(breaker.state).toBe('open')
    const call = vi.fn(succeed)
    await expect(breaker.run(call)).rejects.toMatchObject({
      code: 'CONNECTOR_CIRCUIT_OPEN',
      retryable: true,
      cause: down,
    })
    expect(call).not.toHaveBeenCalled()
    expect(states).toEqual(['open'])
  })

  it('counts only what says that the system is down', async () => {
    const { breaker } = setUp()
    for (let n = 0; n < 5; n++) await expect(breaker.run(() => Promise.reject(refused))).rejects.toBe(refused)
    expect(breaker.state).toBe('closed')
  })

  it('lets one call through after a while, and closes where it succeeds', async () => {
    const { breaker, states } = setUp()
    await failTimes(breaker, 3)
    vi.advanceTimersByTime(999)
    await expect(breaker.run(succeed)).rejects.toMatchObject({ code: 'CONNECTOR_CIRCUIT_OPEN' })
    vi.advanceTimersByTime(1)
    const probe = Promise.withResolvers<string>()
    const first = breaker.run(() => probe.promise)
    const other = vi.fn(succeed)
    const second = breaker.run(other)
    await Promise.resolve()
    expect(breaker.state).toBe('half-open')
    expect(other).not.toHaveBeenCalled()
    probe.resolve('up')
    expect(await Promise.all([first, second])).toEqual(['up', 'done'])
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('opens again where that call fails, and refuses those that waited for it', async () => {
    const { breaker, states } = setUp()
    await failTimes(breaker, 3)
    vi.advanceTimersByTime(1_000)
    const probe = Promise.withResolvers<string>()
    const first = breaker.run(() => probe.promise)
    const second = breaker.run(succeed)
    probe.reject(down)
    await expect(first).rejects.toBe(down)
    await expect(second).rejects.toMatchObject({ code: 'CONNECTOR_CIRCUIT_OPEN' })
    expect(states).toEqual(['open', 'half-open', 'open'])
  })

  it('refuses limits that cannot be', () => {
    const behaviour = { what: 'x', isFailure: () => true }
    expect(() => circuitBreaker(behaviour, { opensAfter: 0 })).toThrow('CONNECTOR_OPTION_INVALID')
    expect(() => circuitBreaker(behaviour, { halfOpenAfterMs: Number.NaN })).toThrow('CONNECTOR_OPTION_INVALID')
  })
})
