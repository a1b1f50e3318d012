import { describe, expect, it } from 'vitest'
import { MillraceConnectorError } from '../../errors.ts'
import type { KafkaClientFactory, KafkaConnection } from './client-factory.ts'
import { clusterOf, loadLibrary as loadKafkaJs } from './kafka-js/library.ts'
import { loadClient } from './load-client.ts'
import { loadLibrary as loadPlatformatic } from './platformatic/library.ts'

const connection: KafkaConnection = {
  brokers: ['127.0.0.1:1'],
  clientId: 'test',
  tls: false,
  sasl: undefined,
  connectTimeoutMs: 100,
  requestTimeoutMs: 100,
}

function absent(name: string): KafkaClientFactory {
  return {
    name,
    create: () => Promise.reject(new MillraceConnectorError('CONNECTOR_PEER_MISSING', `${name} is not there`)),
  }
}

const present: KafkaClientFactory = { name: 'present', create: async () => ({ name: 'present' }) as never }

describe('the client that is used where none is named', () => {
  it('is the first that is installed', async () => {
    expect((await loadClient().create(connection)).name).toBe('@platformatic/kafka')
    expect((await loadClient([absent('a'), present]).create(connection)).name).toBe('present')
  })

  it('is asked for by the names of all, where none is installed', async () => {
    await expect(loadClient([absent('a'), absent('b')]).create(connection)).rejects.toMatchObject({
      code: 'CONNECTOR_PEER_MISSING',
      message: expect.stringContaining("Kafka needs a client: 'a' or 'b'"),
    })
  })

  it('is not another one, where the first is installed and fails', async () => {
    const broken = { name: 'broken', create: () => Promise.reject(new Error('broken')) }
    await expect(loadClient([broken, present]).create(connection)).rejects.toThrow('broken')
  })
})

describe('a library that is not there', () => {
  it('is asked for by its name', async () => {
    const gone = () => Promise.reject(new Error('Cannot find package'))
    await expect(loadPlatformatic(gone)).rejects.toMatchObject({
      code: 'CONNECTOR_PEER_MISSING',
      message: expect.stringContaining("platformatic() needs '@platformatic/kafka'"),
    })
    const load = () => {
      throw new Error('Cannot find module')
    }
    expect(() => loadKafkaJs(load)).toThrow(expect.objectContaining({ code: 'CONNECTOR_PEER_MISSING' }))
  })

  it('is asked for by its version, where another is there', () => {
    const load = (id: string) => {
      if (id !== 'kafkajs') throw new Error('Cannot find module')
      return { logLevel: { NOTHING: 0 } }
    }
    const otherVersion = expect.objectContaining({ fault: 'UNSUPPORTED', message: expect.stringContaining('2.2.4') })
    expect(() => loadKafkaJs(load)).toThrow(otherVersion)
    const instance = { admin() {}, producer() {}, consumer() {} }
    expect(() => clusterOf(instance)).toThrow(otherVersion)
    const createCluster = Symbol('private:Kafka:createCluster')
    const changed = Object.assign(instance, { [createCluster]: () => ({}) })
    expect(() => clusterOf(changed)).toThrow(otherVersion)
  })
})
