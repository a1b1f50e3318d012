import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  beginSession,
  connectionTo,
  faultOf,
  fetchOf,
  kafkaClients,
  persist,
} from '../../../test/kafka/kafka-clients.ts'
import { KafkaTopics } from '../../../test/kafka/kafka-topics.ts'
import { kafkaUsers } from '../../../test/kafka/kafka-users.ts'
import type { KafkaConnection, KafkaSasl } from './client-factory.ts'
import type { KafkaClient } from './kafka-client.ts'
import { platformatic } from './platformatic/platformatic.ts'

const { bootstrap, saslBootstrap, tlsBootstrap, certificate } = inject('kafka')
const mechanisms = ['plain', 'scram-sha-256'] as const
let topics: KafkaTopics
let topic: string

beforeAll(async () => {
  topics = await KafkaTopics.open(bootstrap)
  topic = await topics.create('log-in')
})

afterAll(() => topics.close())

describe.each(kafkaClients)('$name, logging in', (factory) => {
  async function using<R>(
    brokers: readonly string[],
    more: Partial<KafkaConnection>,
    use: (client: KafkaClient) => Promise<R>,
  ): Promise<R> {
    const client = await factory.create(connectionTo(brokers, { connectTimeoutMs: 3_000, ...more }))
    try {
      return await use(client)
    } finally {
      await client.close()
    }
  }

  it.each(mechanisms)('may do by %s what its user may', async (mechanism) => {
    await using(saslBootstrap, { sasl: { mechanism, ...kafkaUsers.admin } }, async (client) => {
      const { topics: found } = await persist(() => client.metadata([topic]))
      expect(found).toMatchObject([{ topic, error: undefined }])
      const node = found[0]?.partitions[0]?.leader ?? -1
      expect(await client.fetch(node, fetchOf(topic, { maxWaitMs: 0 }))).toMatchObject([{ error: undefined }])
    })
  })

  it.each(mechanisms)('by %s is refused with a wrong password, and nowhere shows it', async (mechanism) => {
    const sasl: KafkaSasl = { mechanism, username: 'nurse', password: 'wrong-Pa55word' }
    const fault = await using(saslBootstrap, { sasl }, (client) => faultOf(client.metadata([topic])))
    expect(fault.fault).toBe('AUTHENTICATION')
    expect(fault.message).toBe(`no connection to ${saslBootstrap[0]}: the broker does not accept the credentials`)
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toMatch(/wrong-Pa55word|d3JvbmctUGE1NXdvcmQ/)
  })

  it('is refused where the broker does not have its way to log in', async () => {
    const token = { mechanism: 'oauthbearer', token: () => 'secret-token' } as const
    for (const sasl of [token, { mechanism: 'scram-sha-512', ...kafkaUsers.admin } as const]) {
      const fault = await using(saslBootstrap, { sasl }, (client) => faultOf(client.metadata([topic])))
      expect(fault.fault).toBe('AUTHENTICATION')
      expect(inspect(fault, { depth: 20, showHidden: true })).not.toMatch(/secret/)
    }
  })

  it('hints at it, where a broker asks whom it does not know', async () => {
    const fault = await using(saslBootstrap, {}, (client) => faultOf(client.metadata([topic])))
    expect(fault).toMatchObject({ fault: 'CONNECTION_LOST', message: expect.stringContaining('SASL') })
  })

  it('is told topic by topic, or for the request, what its user may not do', async () => {
    await using(saslBootstrap, { sasl: { mechanism: 'plain', ...kafkaUsers.nurse } }, async (client) => {
      expect((await client.metadata([topic])).topics).toMatchObject([{ topic, error: 'TOPIC_AUTHORIZATION_FAILED' }])
      const { brokers } = await client.metadata([])
      const node = brokers[0]?.node ?? -1
      expect(await client.fetch(node, fetchOf(topic))).toMatchObject([{ error: 'TOPIC_AUTHORIZATION_FAILED' }])
      const all = [{ topic, partition: 0 }]
      expect((await faultOf(client.findCoordinator('group', 'not-ours'))).fault).toBe('GROUP_AUTHORIZATION_FAILED')
      expect((await faultOf(client.fetchOffsets(node, 'not-ours', all))).fault).toBe('GROUP_AUTHORIZATION_FAILED')
      expect((await faultOf(beginSession(client, 'not-ours'))).fault).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    })
  })

  it('goes by TLS to a broker whose certificate it knows', async () => {
    await using(tlsBootstrap, { tls: { ca: certificate } }, async (client) => {
      expect((await client.metadata([topic])).topics).toMatchObject([{ error: undefined }])
    })
  })

  it('says what is wrong with TLS', async () => {
    const unknown = await using(tlsBootstrap, { tls: true }, (client) => faultOf(client.metadata([])))
    expect(unknown).toMatchObject({
      fault: 'UNREACHABLE',
      message: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/),
    })
    const plain = await using(tlsBootstrap, {}, (client) => faultOf(client.metadata([])))
    expect(plain).toMatchObject({ fault: 'UNREACHABLE', message: expect.stringContaining('TLS') })
    const noTls = await using(bootstrap, { tls: true }, (client) => faultOf(client.metadata([])))
    expect(noTls).toMatchObject({ fault: 'UNREACHABLE', message: expect.stringMatching(/TLS|ECONNRESET/) })
  })
})

describe("a user's own options of @platformatic/kafka", () => {
  it('go before ours, as the library takes them', async () => {
    const { username, password } = kafkaUsers.admin
    const own = platformatic({ sasl: { mechanism: 'SCRAM-SHA-256', username, password: async () => password } })
    const client = await own.create(
      connectionTo(saslBootstrap, { sasl: { mechanism: 'plain', username: 'no', password: 'no' } }),
    )
    expect((await client.metadata([topic])).topics).toMatchObject([{ error: undefined }])
    await client.close()
  })
})
