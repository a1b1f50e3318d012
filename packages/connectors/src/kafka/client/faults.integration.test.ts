import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaBroker } from '../../../test/kafka/kafka-broker.ts'
import { connectionTo, faultOf, fetchOf, kafkaClients, leaderOf } from '../../../test/kafka/kafka-clients.ts'
import { KafkaTopics } from '../../../test/kafka/kafka-topics.ts'
import type { KafkaConnection } from './client-factory.ts'
import type { KafkaClient } from './kafka-client.ts'
import { kafkaJs } from './kafka-js/kafka-js.ts'

let broker: KafkaBroker
let topic: string

beforeAll(async () => {
  broker = await KafkaBroker.start({ proxied: true })
  const topics = await KafkaTopics.open(broker.bootstrap)
  topic = await topics.create('faults')
  await topics.close()
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => {
      if (socket.remotePort === proxy().port) sockets.push(socket)
    })
  })
})

afterAll(() => broker.close())

/** Those that clients opened to the proxy. */
const sockets: Socket[] = []

const proxy = () => broker.proxies[0] as KafkaBroker['proxies'][number]
const longFetch = () => fetchOf(topic, { maxWaitMs: 10_000, minBytes: 1_000_000 })

async function within(ms: number, request: Promise<unknown>) {
  const before = performance.now()
  const fault = await faultOf(request)
  expect(performance.now() - before).toBeLessThan(ms)
  return fault
}

describe.each(kafkaClients)('$name, when something fails', (factory) => {
  async function using(more: Partial<KafkaConnection>, use: (client: KafkaClient) => Promise<void>): Promise<void> {
    const client = await factory.create(connectionTo(broker.proxiedBootstrap, more))
    try {
      await use(client)
    } finally {
      await client.close()
      await proxy().pass()
    }
  }

  it('says that a host cannot be reached, and asks the next', async () => {
    await using({ brokers: ['127.0.0.1:1'] }, async (client) => {
      const fault = await within(2_000, client.metadata([]))
      expect(fault.fault).toBe('UNREACHABLE')
      expect(fault.message).toBe('no connection to 127.0.0.1:1: ECONNREFUSED')
    })
    await using({ brokers: ['127.0.0.1:1', ...broker.proxiedBootstrap] }, async (client) => {
      expect((await client.metadata([])).brokers).toHaveLength(1)
    })
    await using({ brokers: ['no.such.host.invalid:9092'] }, async (client) => {
      expect(await faultOf(client.metadata([]))).toMatchObject({
        fault: 'UNREACHABLE',
        message: /no.such.host.invalid:9092/,
      })
    })
  })

  it('waits no longer than it may for a host that accepts and says nothing', async () => {
    await using({ connectTimeoutMs: 300 }, async (client) => {
      proxy().stall()
      const fault = await within(1_500, client.metadata([]))
      expect(fault).toMatchObject({ fault: 'UNREACHABLE', message: expect.stringContaining('no answer') })
      await proxy().pass()
      expect((await client.metadata([])).brokers).toHaveLength(1)
    })
  })

  it('says that a request was not answered in time, and makes a new connection for the next', async () => {
    await using({ requestTimeoutMs: 400 }, async (client) => {
      const node = await leaderOf(client, topic)
      proxy().stall()
      const fault = await within(2_000, client.listOffsets(node, { isolation: 'read_committed', partitions: [] }))
      expect(fault).toMatchObject({ fault: 'REQUEST_TIMEOUT', message: expect.stringMatching(/^ListOffsets to 127/) })
      const accepted = proxy().accepted
      await proxy().pass()
      expect((await client.metadata([topic])).topics).toHaveLength(1)
      expect(proxy().accepted).toBe(accepted + 1)
    })
  })

  it('says that a connection broke while it waited, and makes a new one for the next request', async () => {
    await using({}, async (client) => {
      const node = await leaderOf(client, topic)
      await client.fetch(node, fetchOf(topic, { maxWaitMs: 0 }))
      const fetching = faultOf(client.fetch(node, longFetch()))
      await client.metadata([])
      proxy().cut()
      expect(await fetching).toMatchObject({ fault: 'CONNECTION_LOST' })
      expect(await client.fetch(node, fetchOf(topic, { maxWaitMs: 0 }))).toMatchObject([{ error: undefined }])
      expect((await client.metadata([topic])).topics).toHaveLength(1)
    })
  })

  it('says that a broker refuses, which it reached before', async () => {
    await using({}, async (client) => {
      await client.metadata([topic])
      proxy().refuse()
      proxy().cut()
      expect((await faultOf(client.metadata([]))).fault).toMatch(/^(UNREACHABLE|CONNECTION_LOST)$/)
      expect((await faultOf(client.metadata([]))).fault).toBe('UNREACHABLE')
    })
  })

  it('says that it was closed, to who waits and to who comes later, and keeps no connection', async () => {
    await using({}, async (client) => {
      const node = await leaderOf(client, topic)
      await client.fetch(node, fetchOf(topic, { maxWaitMs: 0 }))
      const fetching = faultOf(client.fetch(node, longFetch()))
      await client.metadata([])
      const before = performance.now()
      await client.close()
      expect((await fetching).fault).toBe('CLOSED')
      expect(performance.now() - before).toBeLessThan(5_000)
      expect(sockets.length).toBeGreaterThan(1)
      expect((await faultOf(client.metadata([]))).fault).toBe('CLOSED')
      await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true)
    })
  })

  it('says that it was closed to who waits for a connection', async () => {
    await using({}, async (client) => {
      proxy().stall()
      const accepted = proxy().accepted
      const waiting = faultOf(client.metadata([]))
      await expect.poll(() => proxy().accepted).toBe(accepted + 1)
      await client.close()
      expect((await waiting).fault).toBe('CLOSED')
      await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true)
    })
  })

  it('does not know a broker of which nobody told', async () => {
    await using({}, async (client) => {
      await client.metadata([])
      expect((await faultOf(client.fetch(99, fetchOf(topic)))).fault).toBe('BROKER_NOT_AVAILABLE')
    })
  })

  it('takes a server that is no Kafka for one that cannot be reached', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using({ brokers: [`127.0.0.1:${port}`], connectTimeoutMs: 1_000 }, async (client) => {
      expect((await within(3_000, client.metadata([]))).fault).toBe('UNREACHABLE')
    })
    server.close()
  })
})

describe("a user's own instance of kafkajs", () => {
  it('is connected as it says itself', async () => {
    const kafka = new Kafka({
      brokers: ['127.0.0.1:1'],
      clientId: 'own',
      requestTimeout: 300,
      logLevel: logLevel.NOTHING,
    })
    const client = await kafkaJs(kafka).create(connectionTo(broker.proxiedBootstrap))
    await client.metadata([topic])
    proxy().stall()
    expect((await within(2_000, client.metadata([]))).fault).toBe('REQUEST_TIMEOUT')
    await proxy().pass()
    await client.close()
  })
})
