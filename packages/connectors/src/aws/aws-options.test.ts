import { describe, expect, it, vi } from 'vitest'
import { parseAwsConnection } from './aws-options.ts'
import { openClient } from './open-client.ts'

describe('parseAwsConnection', () => {
  it('takes a client, or what makes one, and has limits of its own', () => {
    const client = { send: () => undefined }
    expect(parseAwsConnection({ client })).toMatchObject({ client, requestTimeoutMs: 30_000, retryForMs: 60_000 })
    expect(parseAwsConnection({ config: {}, retryFor: '5s' })).toMatchObject({ config: {}, retryForMs: 5_000 })
  })

  it.each([
    [{ client: { send: () => undefined }, config: {} }, 'config is given beside a client'],
    [{ client: { secretAccessKey: 'hidden' } }, 'client is no client of the AWS SDK'],
    [{ config: 'hidden' }, 'config is not what'],
    [{ requestTimeout: 0 }, 'requestTimeout is 0'],
    [{ retryFor: 'soon' }, "retryFor is 'soon'"],
  ])('refuses %o', (options, message) => {
    const parse = () => parseAwsConnection(options as never)
    expect(parse).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(parse).toThrow(message)
    expect(parse).not.toThrow('hidden')
  })
})

describe('openClient', () => {
  const parts = { package: '@aws-sdk/client-x', load: async () => ({}), make: vi.fn((_library, config) => config) }

  it('makes a client without retries of its own, unless it is told how many, and closes it', async () => {
    const destroy = vi.fn()
    const config = { region: 'r', destroy }
    const { client, close } = await openClient({ ...parts, connection: parseAwsConnection({ config }) })
    expect(client).toEqual({ region: 'r', maxAttempts: 1, destroy })
    close()
    expect(destroy).toHaveBeenCalledTimes(1)
    const told = { maxAttempts: 4, destroy }
    const asTold = await openClient({ ...parts, connection: parseAwsConnection({ config: told }) })
    expect(asTold.client).toEqual(told)
  })

  it("leaves the user's client open", async () => {
    const given = { send: () => undefined, destroy: vi.fn() }
    const { client, close } = await openClient({ ...parts, connection: parseAwsConnection({ client: given }) })
    close()
    expect(client).toBe(given)
    expect(given.destroy).not.toHaveBeenCalled()
  })

  it('names the package that is not installed', async () => {
    const load = () => Promise.reject(new Error('not found'))
    const opened = openClient({ ...parts, load, connection: parseAwsConnection({}) })
    await expect(opened).rejects.toMatchObject({ code: 'CONNECTOR_PEER_MISSING' })
    await expect(opened).rejects.toThrow("this needs '@aws-sdk/client-x'")
  })
})
