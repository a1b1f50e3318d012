import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment, memoryStorage } from '@millrace/core'
import { type Source, sinkContract } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonTemplate } from '../formats/template.ts'
import type { UndeliveredNotice } from '../notices/notice.ts'
import type { Recipient } from '../notices/recipient.ts'
import type { WebhookSinkOptions } from './options.ts'
import { webhookSink } from './sink.ts'

interface Alarm {
  readonly n: number
  readonly name?: string
}

interface Got {
  readonly path: string
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

const SECRET = 'a secret of thirty-two bytes....'
type Answer = (path: string, response: ServerResponse) => void

let server: Server
let got: Got[]
let answer: Answer
const stopping = new AbortController()

beforeEach(async () => {
  got = []
  answer = (_, response) => response.end()
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      got.push({ path, body: Buffer.concat(chunks).toString(), headers: request.headers })
      answer(path, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function recipient(id: string, status: Recipient['status'] = 'confirmed'): Recipient {
  return { id, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${id}`, status }
}

function sinkOf(options: Partial<WebhookSinkOptions<Alarm>> = {}) {
  return webhookSink<Alarm>({
    ...{ recipients: [recipient('a')], key: ({ n }) => `alarm-${n}`, body: jsonTemplate<Alarm>(['n']) },
    ...{ secrets: [SECRET], allowHttp: true, ...options },
  })
}

const told = (path: string): number[] =>
  got.filter((request) => request.path === path).map(({ body }) => (JSON.parse(body) as Alarm).n)

async function opened(options: Partial<WebhookSinkOptions<Alarm>> = {}, bounded = false) {
  return sinkOf(options).open({ operatorId: 'page', signal: stopping.signal, restored: false, bounded })
}

/** Gives these, and then nothing for ever. */
function endless(values: readonly Alarm[]): Source<Alarm> {
  return {
    kind: 'endless',
    bounded: false,
    replayable: true,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: ({ signal }) => ({
      openSplit: (_, position) => {
        let at = (position as number | undefined) ?? 0
        return {
          read: async () => {
            if (at < values.length) return { values: [values[at++] as Alarm], position: at }
            return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          },
        }
      },
    }),
  }
}

describe('a webhook sink', () => {
  const cases = sinkContract<Alarm>({
    create: () => ({ sink: sinkOf(), read: () => got.map(({ body }): unknown => JSON.parse(body)) }),
    record: (n) => ({ n }),
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('signs what it sends, with every secret, and lets out no other field', async () => {
    const base64 = Buffer.from(SECRET).toString('base64')
    const writer = await opened({ secrets: [`whsec_${base64}`, SECRET.toUpperCase()] })
    await writer.write([{ n: 7, name: 'A. Person' }], [0])
    await writer.prepareCommit?.(1)
    await writer.close?.()
    const [{ body, headers } = { body: '', headers: {} as Got['headers'] }] = got
    expect(body).toBe('{"n":7}')
    expect(headers['content-type']).toBe('application/json')
    expect([headers['webhook-id'], headers['idempotency-key']]).toEqual(['alarm-7', 'alarm-7'])
    const seconds = Number(headers['webhook-timestamp'])
    expect(Math.abs(seconds - Date.now() / 1_000)).toBeLessThan(30)
    const signatures = [SECRET, SECRET.toUpperCase()].map(
      (secret) => `v1,${createHmac('sha256', secret).update(`alarm-7.${seconds}.{"n":7}`).digest('base64')}`,
    )
    expect(headers['webhook-signature']).toBe(signatures.join(' '))
  })

  it('tells nobody who is unconfirmed or suspended', async () => {
    const all = [recipient('a'), recipient('b', 'unconfirmed'), recipient('c', 'suspended')]
    const writer = await opened({ recipients: ({ n }) => (n === 0 ? all : all.slice(1)) })
    await writer.write([{ n: 0 }, { n: 1 }], [0, 0])
    await writer.prepareCommit?.(1)
    await writer.close?.()
    expect(got.map(({ path }) => path)).toEqual(['/a'])
  })

  it.each([503, 500, 429, 408, 409, 425, 'cut'] as const)(
    'tries again after %s, with the same key and in order',
    async (status) => {
      let fails = 3
      answer = (_, response) => {
        if (fails-- <= 0) response.end()
        else if (status === 'cut') response.destroy()
        else response.writeHead(status).end()
      }
      const writer = await opened({}, true)
      await writer.write([{ n: 1 }, { n: 2 }], [0, 0])
      await writer.prepareCommit?.(1)
      await writer.close?.()
      expect(told('/a')).toEqual([1, 1, 1, 1, 2])
      expect(new Set(got.slice(0, 4).map(({ headers }) => headers['webhook-id']))).toEqual(new Set(['alarm-1']))
    },
  )

  it.each([400, 401, 404, 410, 301])('gives up at once after %i, says so, and goes on', async (status) => {
    answer = (_, response) => {
      response.writeHead(got.length === 1 ? status : 200, { location: '/elsewhere' }).end()
    }
    const undelivered: UndeliveredNotice[] = []
    const writer = await opened({ onUndelivered: (notice) => undelivered.push(notice) })
    await writer.write([{ n: 1 }, { n: 2 }], [0, 0])
    await writer.prepareCommit?.(1)
    await writer.close?.()
    expect(told('/a')).toEqual([1, 2])
    expect(undelivered).toMatchObject([{ key: 'alarm-1', recipientId: 'a', error: { code: 'NOTICE_UNDELIVERED' } }])
    expect(String(undelivered[0]?.error)).toContain(`a notice of sink 'page': HTTP ${status}`)
    expect(String(undelivered[0]?.error)).not.toContain('127.0.0.1')
  })

  it('fails where it is told to', async () => {
    answer = (_, response) => response.writeHead(410).end()
    const writer = await opened({ whenUndelivered: 'fail' }, true)
    await writer.write([{ n: 1 }], [0])
    await expect(writer.prepareCommit?.(1)).rejects.toMatchObject({ code: 'NOTICE_UNDELIVERED' })
    await writer.close?.()
  })

  it('sends nothing without TLS, unless it may', async () => {
    const undelivered: UndeliveredNotice[] = []
    for (const address of ['http://127.0.0.1/', 'ftp://127.0.0.1/', 'nowhere']) {
      const recipients = [{ id: 'a', address, status: 'confirmed' } as const]
      const writer = await opened({ recipients, allowHttp: false, onUndelivered: (notice) => undelivered.push(notice) })
      await writer.write([{ n: 1 }], [0])
      await writer.prepareCommit?.(1)
      await writer.close?.()
    }
    expect(undelivered).toHaveLength(3)
  })

  it('reaches those who are up at once, however many are down, and holds up no checkpoint', async () => {
    answer = (path, response) => {
      if (path === '/up') response.end()
      else if (path.endsWith('0')) response.writeHead(503).end()
    }
    const down = Array.from({ length: 40 }, (_, n) => recipient(`down-${n}`))
    const writer = await opened({
      recipients: [...down, recipient('up')],
      ...{ checkpointWait: 50, requestTimeout: 100, inFlight: 4 },
    })
    await writer.write([{ n: 1 }, { n: 2 }], [0, 0])
    const begun = performance.now()
    await writer.prepareCommit?.(1)
    expect(performance.now() - begun).toBeLessThan(1_000)
    await expect.poll(() => told('/up'), { timeout: 5_000 }).toEqual([1, 2])
    // What a recipient has seen is acknowledged when its answer has come.
    await expect.poll(() => writer.snapshotState?.(), { timeout: 5_000 }).toMatchObject({ pending: { length: 80 } })
    await writer.close?.()
  })

  it('goes on after a restart with what was not delivered, and only that', async () => {
    answer = (_, response) => {
      if (got.length === 1) response.end()
      else response.writeHead(503).end()
    }
    const dead = await opened({ checkpointWait: 20 })
    await dead.write([{ n: 1 }, { n: 2 }, { n: 3 }], [0, 0, 0])
    await dead.prepareCommit?.(1)
    const state = structuredClone(dead.snapshotState?.())
    await dead.close?.()
    answer = (_, response) => response.end()
    got = []
    const next = await opened({}, true)
    await next.recover?.([], state)
    await next.write([{ n: 4 }], [0])
    await next.prepareCommit?.(2)
    await next.close?.()
    expect(told('/a')).toEqual([2, 3, 4])
  })

  it('leaves the other channels of a job alone', async () => {
    answer = (path, response) => {
      if (path === '/b') response.end()
    }
    const env = createEnvironment()
    const alarms = env.fromSource(endless([{ n: 1 }, { n: 2 }, { n: 3 }]), { id: 'alarms' })
    alarms.sinkTo(sinkOf({ recipients: [recipient('a')], checkpointWait: 20 }), { id: 'down' })
    alarms.sinkTo(sinkOf({ recipients: [recipient('b')] }), { id: 'up' })
    const job = env.executeAsync({ checkpoints: { every: 20, storage: memoryStorage() } })
    await expect.poll(() => told('/b')).toEqual([1, 2, 3])
    await expect.poll(() => job.metrics().checkpoints.completed).toBeGreaterThan(2)
    await job.stop()
    expect(told('/b')).toEqual([1, 2, 3])
    expect(told('/a')).toEqual([1])
  })

  it.each([
    [{ secrets: [] }, 'secrets is empty'],
    [{ secrets: ['too short'] }, 'secrets has one that is not of 24 to 64 bytes'],
    [{ body: 'text' }, 'body is no template'],
    [{ recipients: 'a' }, 'recipients is neither a list nor a function'],
    [{ key: 'id' }, 'key is no function'],
    [{ contentType: 'json' }, 'contentType is no media type'],
    [{ url: 'x' }, 'url is no option'],
  ])('refuses an option that cannot be, and shows no secret (%#)', (options, message) => {
    const make = () => sinkOf(options as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
    expect(make).not.toThrow('too short')
  })
})
