import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaBroker } from '../../../test/kafka/kafka-broker.ts'
import { connectionTo, faultOf, kafkaClients } from '../../../test/kafka/kafka-clients.ts'
import type { KafkaClient } from './kafka-client.ts'

const MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
let broker: KafkaBroker

beforeAll(async () => {
  const properties = {
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.sasl.oauthbearer.sasl.jaas.config': `${MODULE} required unsecuredLoginStringClaim_sub="admin";`,
  }
  broker = await KafkaBroker.start({ sasl: true, properties })
})

afterAll(() => broker.close())

/** Signed by nobody, which such a broker takes; valid for so long from now. */
function tokenFor(seconds: number): string {
  const now = Date.now() / 1_000
  const parts = [{ alg: 'none' }, { sub: 'admin', iat: now - 600, exp: now + seconds }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}

describe.each(kafkaClients)('$name, logging in by a token', (factory) => {
  async function using<R>(token: () => string | Promise<string>, use: (client: KafkaClient) => Promise<R>): Promise<R> {
    const sasl = { mechanism: 'oauthbearer', token } as const
    const client = await factory.create(connectionTo(broker.saslBootstrap, { sasl }))
    try {
      return await use(client)
    } finally {
      await client.close()
    }
  }

  it('asks for one for each connection', async () => {
    let asked = 0
    const token = async () => {
      asked += 1
      return tokenFor(300)
    }
    await using(token, async (client) => {
      expect((await client.metadata([])).brokers).toHaveLength(1)
      expect((await client.metadata([])).brokers).toHaveLength(1)
    })
    expect(asked).toBe(1)
    await using(token, (client) => client.metadata([]))
    expect(asked).toBe(2)
  })

  it('is refused with one that ran out, and nowhere shows it', async () => {
    const token = tokenFor(-300)
    const fault = await using(
      () => token,
      (client) => faultOf(client.metadata([])),
    )
    expect(fault.fault).toBe('AUTHENTICATION')
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain(token)
  })

  it('says that there was none to be had', async () => {
    const failing = () => Promise.reject(new Error('identity provider is down'))
    const fault = await using(failing, (client) => faultOf(client.metadata([])))
    expect(fault).toMatchObject({
      fault: 'AUTHENTICATION',
      message: expect.stringMatching(/function that gives .* failed/),
    })
    expect(inspect(fault, { depth: 20 })).toContain('identity provider is down')
  })
})
