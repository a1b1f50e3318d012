import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { type KinesisClient, type KinesisClientConfig, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsCalls } from './aws-calls.ts'
import { parseAwsConnection } from './aws-options.ts'
import { openClient } from './open-client.ts'

// A patient's name, as a service quotes it when it refuses it.
const CANARY = 'Ada-Canary'

type Answer = (response: ServerResponse) => void

const refuse =
  (status: number, name: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r-1' })
    response.end(JSON.stringify({ __type: name, message: `Value '${CANARY}' at 'partitionKey' is not so` }))
  }
const take: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify({ ShardId: 'shardId-000000000000', SequenceNumber: '1' }))
}
const cut: Answer = (response) => void response.socket?.destroy()
const half: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
  response.end('{"ShardId":"sha')
}
const silence: Answer = () => undefined

let server: Server
let answers: Answer[]
let asked: number
let signal: AbortController

beforeEach(async () => {
  // A request that a test has left behind finds that test's answers.
  const mine: Answer[] = []
  answers = mine
  asked = 0
  signal = new AbortController()
  server = createServer((request, response) => {
    asked += 1
    request.resume().on('end', () => (mine.shift() ?? take)(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  signal.abort()
  server.closeAllConnections()
  server.close()
})

async function setUp(limits: { requestTimeout?: number; retryFor?: number } = {}) {
  const connection = parseAwsConnection<KinesisClient, KinesisClientConfig>({
    config: {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: new NodeHttpHandler(),
    },
    ...limits,
  })
  const { client } = await openClient({
    package: '@aws-sdk/client-kinesis',
    load: () => import('@aws-sdk/client-kinesis'),
    make: (library, config) => new library.KinesisClient(config),
    connection,
  })
  const calls = new AwsCalls({ what: "sink 'page'", connection, signal: signal.signal, metrics: undefined })
  const command = new PutRecordCommand({ StreamName: 's', PartitionKey: CANARY, Data: Buffer.from(CANARY) })
  return {
    put: () => calls.call('PutRecord', (options) => client.send(command, options)),
    putOnce: () => calls.once('PutRecord', (options) => client.send(command, options)),
  }
}

async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const error = await promise.then(
    () => new Error('it went well'),
    (thrown: unknown) => thrown as Error,
  )
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(CANARY)
  return error
}

describe('AwsCalls', () => {
  it('tries again what may pass: throttling, a service that is down, a cut connection, half an answer', async () => {
    const { put } = await setUp()
    answers.push(
      refuse(400, 'ProvisionedThroughputExceededException'),
      refuse(503, 'ServiceUnavailableException'),
      cut,
      half,
    )
    expect(await put()).toMatchObject({ SequenceNumber: '1' })
    expect(asked).toBe(5)
  })

  it.each([
    [400, 'ValidationException', 'AWS_REQUEST_REFUSED'],
    [400, 'ResourceNotFoundException', 'AWS_RESOURCE_MISSING'],
    [400, 'UnrecognizedClientException', 'AWS_NOT_AUTHORIZED'],
    [403, 'SomethingNew', 'AWS_NOT_AUTHORIZED'],
  ])('does not try again HTTP %i %s: %s', async (status, name, code) => {
    const { put } = await setUp()
    answers.push(refuse(status, name))
    const error = await errorOf(put())
    expect(error.code).toBe(code)
    expect(error.message).toContain(`PutRecord of sink 'page': ${name} (HTTP ${status}, request r-1)`)
    expect(asked).toBe(1)
  })

  it.each([
    [refuse(400, 'ThrottlingException'), 'AWS_THROTTLED'],
    [refuse(500, 'InternalFailure'), 'AWS_UNAVAILABLE'],
    [cut, 'AWS_UNREACHABLE'],
  ])('says at the end of its time what it met (%#)', async (answer, code) => {
    const { put } = await setUp({ retryFor: 300 })
    answers.push(...Array<Answer>(100).fill(answer))
    const error = await errorOf(put())
    expect(error.code).toBe(code)
    expect(error).toMatchObject({ retryable: true })
  })

  it('does not wait for an answer longer than it may', async () => {
    const { put } = await setUp({ requestTimeout: 100, retryFor: 10_000 })
    answers.push(silence)
    expect(await put()).toMatchObject({ SequenceNumber: '1' })
    expect(asked).toBe(2)
  })

  it('ends at once when it is aborted', async () => {
    const { put } = await setUp()
    answers.push(silence)
    const failed = put()
    await once(server, 'request')
    signal.abort(new Error('the job stops'))
    expect((await errorOf(failed)).message).toBe('the job stops')
  })

  it('tries once where it is told so, and says whether another try may help', async () => {
    const { putOnce } = await setUp()
    answers.push(refuse(400, 'ProvisionedThroughputExceededException'), refuse(400, 'ValidationException'))
    expect(await errorOf(putOnce())).toMatchObject({ kind: 'throttled', retryable: true })
    expect(await errorOf(putOnce())).toMatchObject({ kind: 'refused', retryable: false })
    expect(asked).toBe(2)
  })

  it('leaves a service alone that has been down several times in a row', async () => {
    const { putOnce } = await setUp()
    answers.push(...Array<Answer>(9).fill(refuse(500, 'InternalFailure')))
    for (let n = 0; n < 5; n++) await errorOf(putOnce())
    expect(await errorOf(putOnce())).toMatchObject({ code: 'CONNECTOR_CIRCUIT_OPEN', retryable: true })
    expect(asked).toBe(5)
  })
})
