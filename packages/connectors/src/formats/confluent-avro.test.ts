import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SchemaRegistryServer } from '../../test/schema-registry-server.ts'
import type { MillraceConnectorError } from '../errors.ts'
import type { ConfluentAvroOptions } from './avro-options.ts'
import { confluentAvro } from './confluent-avro.ts'
import { type MessageCodec, Undecodable } from './message-format.ts'

const server = new SchemaRegistryServer()
const closing = new AbortController()
let url: string

beforeEach(async () => {
  url = await server.start()
})
afterEach(async () => {
  await server.stop()
  server.versions.length = 0
  server.requests.length = 0
  server.headers.length = 0
  server.intercept = () => false
  server.isCompatible = () => true
  vi.restoreAllMocks()
})

type Options = Omit<ConfluentAvroOptions, 'registry'> & {
  readonly registry?: Partial<ConfluentAvroOptions['registry']>
}
const quick = { firstDelayMs: 1, maxDelayMs: 2 }
const open = async (options: Options = {}, signal = closing.signal): Promise<MessageCodec<unknown>> =>
  confluentAvro({ ...options, registry: { url, retry: quick, ...options.registry } }).openCodec({ signal })
const failure = async (work: () => unknown): Promise<MillraceConnectorError & { cause?: unknown }> => {
  try {
    await work()
  } catch (error) {
    return error as MillraceConnectorError
  }
  throw new Error('it did not fail')
}
/** Everything that a log would show of an error. */
const shown = (error: unknown): string =>
  error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${shown(error.cause)}` : String(error)

const test = {
  type: 'record',
  name: 'test',
  fields: [
    { name: 'a', type: 'long' },
    { name: 'b', type: 'string' },
  ],
}
const wider = {
  type: 'record',
  name: 'test',
  fields: [
    { name: 'b', type: 'string' },
    { name: 'a', type: 'double' },
    { name: 'unit', type: 'string', default: '%' },
  ],
}
/** The specification's example of `test`, under an id. */
const message = (id: number): Buffer => Buffer.from(`00${id.toString(16).padStart(8, '0')}3606666f6f`, 'hex')

describe('confluent avro, reading', () => {
  it('gives what was written by the schema of the id, and asks for each id once', async () => {
    const codec = await open()
    const id = server.add('t-value', test)
    expect(await codec.decode(message(id))).toEqual({ a: 27, b: 'foo' })
    // Known now, and so at once.
    expect(codec.decode(message(id))).toEqual({ a: 27, b: 'foo' })
    const other = server.add('t-value', '"string"')
    expect(await codec.decode(Buffer.from('000000000206666f6f', 'hex'))).toBe('foo')
    expect(server.requests).toEqual([`GET /schemas/ids/${id}`, `GET /schemas/ids/${other}`])
  })

  it('asks once for an id that many messages have at the same time', async () => {
    const codec = await open()
    const id = server.add('t-value', test)
    const values = await Promise.all([codec.decode(message(id)), codec.decode(message(id)), codec.decode(message(id))])
    expect(values).toEqual([values[0], values[0], { a: 27, b: 'foo' }])
    expect(server.requests).toHaveLength(1)
  })

  it('gives values of the schema given, where that is another', async () => {
    const codec = await open({ schema: wider })
    const id = server.add('t-value', test)
    expect(await codec.decode(message(id))).toEqual({ a: 27, b: 'foo', unit: '%' })
  })

  it('fetches the schemas that a schema refers to, those of theirs too, and each once', async () => {
    const unit = { type: 'enum', name: 'ward.Unit', symbols: ['PERCENT', 'BPM'] }
    const value = { type: 'record', name: 'ward.Value', fields: [{ name: 'unit', type: 'Unit' }] }
    const row = {
      type: 'record',
      name: 'ward.Row',
      fields: [
        { name: 'value', type: 'ward.Value' },
        { name: 'shown', type: 'ward.Unit' },
      ],
    }
    server.add('unit/1', unit)
    const unitReference = { name: 'ward.Unit', subject: 'unit/1', version: 1 }
    server.add('value', value, { references: [unitReference] })
    const valueReference = { name: 'ward.Value', subject: 'value', version: 1 }
    server.add('row', row, { references: [valueReference, unitReference] })
    const codec = await open()
    expect(await codec.decode(Buffer.from('00000000030200', 'hex'))).toEqual({
      value: { unit: 'BPM' },
      shown: 'PERCENT',
    })
    expect(server.requests).toEqual([
      'GET /schemas/ids/3',
      'GET /subjects/value/versions/1',
      'GET /subjects/unit%2F1/versions/1',
    ])
  })

  it('reads the schema "bytes" as the bytes that follow, as Confluent writes it', async () => {
    const codec = await open()
    server.add('t-value', '"bytes"')
    expect(await codec.decode(Buffer.from('0000000001060102', 'hex'))).toEqual(Buffer.from([6, 1, 2]))
  })
})

describe('confluent avro, of messages that are no values', () => {
  it('says so of what has no header, is cut off or goes on, without asking for more than its id', async () => {
    const codec = await open({ maxRowBytes: 11 })
    const id = server.add('t-value', test)
    for (const bytes of [Buffer.alloc(0), message(id).subarray(0, 4), Buffer.from('{"a":27}')]) {
      expect(codec.decode(bytes)).toMatchObject({ code: 'avro-invalid', reason: expect.stringContaining('begin') })
    }
    expect(server.requests).toEqual([])
    expect(await codec.decode(message(id).subarray(0, 8))).toEqual(
      new Undecodable('avro-invalid', 'b: ends too early, byte 7'),
    )
    expect(codec.decode(Buffer.concat([message(id), Buffer.alloc(1)]))).toMatchObject({ code: 'avro-invalid' })
    expect(codec.decode(Buffer.alloc(12))).toMatchObject({ code: 'message-too-long' })
  })

  it('says that the registry does not know an id, and asks for it again after a while', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_000_000)
    const codec = await open()
    const unknown = new Undecodable('avro-schema-unknown', 'the schema registry knows no schema 1')
    expect(await codec.decode(message(1))).toEqual(unknown)
    server.add('t-value', test)
    now.mockReturnValue(1_009_999)
    expect(codec.decode(message(1))).toEqual(unknown)
    expect(server.requests).toHaveLength(1)
    now.mockReturnValue(1_010_000)
    expect(await codec.decode(message(1))).toEqual({ a: 27, b: 'foo' })
    // No registry has such an id.
    expect(codec.decode(Buffer.from('00ffffffff00', 'hex'))).toMatchObject({ code: 'avro-schema-unknown' })
    expect(server.requests).toHaveLength(2)
  })

  it('says what is the matter with a schema that cannot be read by, and asks for it once', async () => {
    server.add('a', '{}', { schemaType: 'JSON' })
    server.add('b', { type: 'record', name: 'R', fields: [{ name: 'x', type: 'Missing' }] })
    server.add('c', '"int"')
    const codec = await open({ schema: test })
    const codes = []
    for (const id of [1, 2, 3, 1, 2, 3]) codes.push((await codec.decode(message(id))) as Undecodable)
    expect(codes).toMatchObject([
      { code: 'avro-schema-invalid', reason: 'schema 1 is JSON' },
      { code: 'avro-schema-invalid', reason: expect.stringContaining('undefined type name: Missing') },
      { code: 'avro-schema-incompatible', reason: expect.stringContaining('schema 3 cannot be read') },
      { code: 'avro-schema-invalid' },
      { code: 'avro-schema-invalid' },
      { code: 'avro-schema-incompatible' },
    ])
    expect(server.requests).toHaveLength(3)
  })

  it('says which name is not known where a reference leads nowhere', async () => {
    const fields = [{ name: 'x', type: 'Gone' }]
    const references = [{ name: 'Gone', subject: 'gone', version: 2 }]
    const id = server.add('a', { type: 'record', name: 'R', fields }, { references })
    expect(await (await open()).decode(message(id))).toMatchObject({
      code: 'avro-schema-invalid',
      reason: expect.stringContaining('Gone'),
    })
  })
})

describe('confluent avro, writing', () => {
  it('registers its schema once a topic, and writes its id before the value', async () => {
    server.add('other', '"int"')
    const codec = await open({ schema: test })
    const value = { a: 27, b: 'foo' }
    expect(await Promise.all([codec.encode(value, 't'), codec.encode(value, 't')])).toEqual([message(2), message(2)])
    // Known now, and so at once.
    expect(codec.encode(value, 't')).toEqual(message(2))
    expect(await codec.encode(value, 'u/v')).toEqual(message(2))
    expect(server.requests).toEqual(['POST /subjects/t-value/versions', 'POST /subjects/u%2Fv-value/versions'])
    expect(server.versions.map(({ subject, id }) => [subject, id])).toEqual([
      ['other', 1],
      ['t-value', 2],
      ['u/v-value', 2],
    ])
    expect(JSON.parse(server.versions[1]?.schema ?? '')).toEqual(test)
  })

  it('files it under the subject given', async () => {
    await (await open({ schema: test, subject: 's' })).encode({ a: 1, b: '' }, 't')
    await (await open({ schema: '"string"', subject: (topic) => `${topic}-key` })).encode('k', 't')
    await (await open({ schema: 'long' })).encode(1, 't')
    expect(server.versions.map(({ subject, schema }) => [subject, schema])).toEqual([
      ['s', JSON.stringify(test)],
      ['t-key', '"string"'],
      ['t-value', '"long"'],
    ])
  })

  it('only looks it up where it may not register', async () => {
    const codec = await open({ schema: test, autoRegister: false })
    const value = { a: 27, b: 'foo' }
    expect(await failure(() => codec.encode(value, 't'))).toMatchObject({ code: 'FORMAT_SCHEMA_REFUSED' })
    server.add('t-value', '"int"')
    const refused = await failure(() => codec.encode(value, 't'))
    expect(refused).toMatchObject({ code: 'FORMAT_SCHEMA_REFUSED', retryable: false })
    expect(refused.message).toContain('subject t-value (40403: Schema not found)')
    server.add('t-value', test)
    expect(await codec.encode(value, 't')).toEqual(message(2))
    expect(server.requests).toEqual(['POST /subjects/t-value', 'POST /subjects/t-value', 'POST /subjects/t-value'])
  })

  it('says that the registry takes no such schema, and asks again for the next message', async () => {
    server.isCompatible = () => false
    const codec = await open({ schema: test })
    const refused = await failure(() => codec.encode({ a: 27, b: 'foo' }, 't'))
    expect(refused.code).toBe('FORMAT_SCHEMA_REFUSED')
    expect(refused.message).toContain('(409: Schema being registered is incompatible with an earlier schema)')
    server.isCompatible = () => true
    expect(await codec.encode({ a: 27, b: 'foo' }, 't')).toEqual(message(1))
  })

  it('refuses values that do not fit, and to write without a schema', async () => {
    const codec = await open({ schema: test })
    expect(await failure(() => codec.encode({ a: 'Doe', b: 'foo' }, 't'))).toMatchObject({
      code: 'FORMAT_ENCODE_FAILED',
      message: expect.stringContaining('(a: no long)'),
    })
    expect(await failure(async () => (await open()).encode(1, 't'))).toMatchObject({ code: 'CONNECTOR_OPTION_INVALID' })
  })

  it('writes the schema "bytes" as the bytes alone, as Confluent does', async () => {
    const codec = await open({ schema: 'bytes' })
    const bytes = await codec.encode(Buffer.from([6, 1, 2]), 't')
    expect(bytes).toEqual(Buffer.from('0000000001060102', 'hex'))
    expect(await codec.decode(bytes)).toEqual(Buffer.from([6, 1, 2]))
    expect(() => codec.encode('Doe', 't')).toThrow('FORMAT_ENCODE_FAILED')
  })
})

describe('confluent avro, of a registry that gives no answer', () => {
  const answers = (status: number, body = 'down') => {
    server.intercept = (_request, response) => {
      response.writeHead(status).end(body)
      return true
    }
  }

  it('asks again while the fault passes', async () => {
    const id = server.add('t-value', test)
    let faults = 0
    server.intercept = (request, response) => {
      faults++
      if (faults === 1) request.socket.destroy()
      else if (faults === 2) response.writeHead(503).end()
      else if (faults === 3) response.writeHead(429).end()
      return faults <= 3
    }
    expect(await (await open()).decode(message(id))).toEqual({ a: 27, b: 'foo' })
    expect(server.requests).toHaveLength(4)
  })

  it('fails and rejects no message, and reads it when the registry is back', async () => {
    const id = server.add('t-value', test)
    const codec = await open({ schema: test, registry: { retry: { ...quick, attempts: 2 } } })
    answers(500, '{"error_code":50001,"message":"Error in the backend data store"}')
    for (const work of [() => codec.decode(message(id)), () => codec.encode({ a: 27, b: 'foo' }, 't')]) {
      const error = await failure(work)
      expect(error).toMatchObject({ code: 'FORMAT_REGISTRY_UNREACHABLE', retryable: true })
      expect(error.message).toMatch(
        /127\.0\.0\.1:\d+ gave no answer to (GET \/schemas\/ids\/1|POST \/subjects\/t-value)/,
      )
      expect(shown(error)).toContain('HTTP status 500')
    }
    expect(server.requests).toHaveLength(4)
    server.intercept = () => false
    expect(await codec.decode(message(id))).toEqual({ a: 27, b: 'foo' })
    expect(await codec.encode({ a: 27, b: 'foo' }, 't')).toEqual(message(id))
  })

  it('says so where nothing listens, and where nothing comes in time', async () => {
    const unused = await open({ registry: { url: 'http://127.0.0.1:1', retry: { ...quick, attempts: 2 } } })
    expect(await failure(() => unused.decode(message(1)))).toMatchObject({ code: 'FORMAT_REGISTRY_UNREACHABLE' })
    server.intercept = () => true
    const silent = await open({ registry: { retry: { attempts: 1, timeoutMs: 20 } } })
    const error = await failure(() => silent.decode(message(1)))
    expect(error).toMatchObject({
      code: 'FORMAT_REGISTRY_UNREACHABLE',
      cause: { code: 'CONNECTOR_CALL_TIMED_OUT' },
    })
  })

  it('waits no longer than its signal', async () => {
    server.intercept = () => true
    const controller = new AbortController()
    const codec = await open({}, controller.signal)
    const reading = failure(() => codec.decode(message(1)))
    const reason = new Error('closing')
    controller.abort(reason)
    expect(await reading).toBe(reason)
  })

  it('says that the answer is that of no registry, and does not take it for an unknown schema', async () => {
    const codec = await open({ schema: test })
    for (const [status, body] of [
      [404, '<html>Not Found</html>'],
      [404, '{"error_code":404,"message":"HTTP 404 Not Found"}'],
      [200, '<html>Sign in</html>'],
      [200, '{"schema":7}'],
      [200, '{"schema":"\\"int\\"","references":[7]}'],
      [403, '{"error_code":40301,"message":"not for you"}'],
    ] as const) {
      answers(status, body)
      expect(await failure(() => codec.decode(message(1)))).toMatchObject({
        code: 'FORMAT_REGISTRY_REFUSED',
        retryable: false,
        message: expect.stringContaining(`answered /schemas/ids/1 with HTTP status ${status}`),
      })
      expect(await failure(() => codec.encode({ a: 1, b: '' }, 't'))).toMatchObject({ code: 'FORMAT_REGISTRY_REFUSED' })
    }
    expect(server.requests).toHaveLength(12)
  })
})

describe('confluent avro, with credentials', () => {
  const secret = 'geheim-4711'
  const basic = `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`

  it('sends them with each request, as they are at that time', async () => {
    const id = server.add('t-value', test)
    let asked = 0
    for (const auth of [
      { username: 'user', password: secret },
      { token: secret },
      { token: () => Promise.resolve(`${secret}-${++asked}`) },
    ]) {
      const codec = await open({ schema: test, registry: { auth, headers: { 'x-tenant': 'ward' } } })
      await codec.decode(message(id))
      await codec.encode({ a: 1, b: '' }, 't')
    }
    const bearers = [secret, secret, `${secret}-1`, `${secret}-2`].map((token) => `Bearer ${token}`)
    expect(server.headers.map((headers) => headers.authorization)).toEqual([basic, basic, ...bearers])
    expect(server.headers.every((headers) => headers['x-tenant'] === 'ward')).toBe(true)
    expect(server.headers[1]?.['content-type']).toBe('application/vnd.schemaregistry.v1+json')
  })

  it('shows them in no error', async () => {
    const errors: MillraceConnectorError[] = []
    const registry = { auth: { username: 'user', password: secret }, retry: { ...quick, attempts: 2 } }
    const codec = await open({ schema: test, registry })
    for (const status of [401, 500]) {
      server.intercept = (request, response) => {
        // The server may be one that repeats what it was sent.
        response.writeHead(status).end(JSON.stringify({ error_code: 40101, message: request.headers.authorization }))
        return true
      }
      errors.push(
        await failure(() => codec.decode(message(1))),
        await failure(() => codec.encode({ a: 1, b: '' }, 't')),
      )
    }
    for (const bad of [
      { url: `http://user:${secret}@127.0.0.1` },
      { url: `127.0.0.1/${secret}` },
      { url: `ftp://127.0.0.1/?${secret}` },
      { url: `http://127.0.0.1/?key=${secret}` },
      { auth: { token: `${secret}\n` } },
      { auth: { token: '' } },
      { auth: { username: `user:${secret}`, password: '' } },
      { headers: { 'x-key': `${secret}é` } },
    ]) {
      errors.push(await failure(() => open({ registry: bad })))
    }
    const broken = await open({ registry: { auth: { token: () => `${secret}\n` } } })
    errors.push(await failure(() => broken.decode(message(1))))
    expect(errors.map(({ code }) => code)).toEqual([
      ...['FORMAT_REGISTRY_REFUSED', 'FORMAT_REGISTRY_REFUSED'],
      ...['FORMAT_REGISTRY_UNREACHABLE', 'FORMAT_REGISTRY_UNREACHABLE'],
      ...Array.from({ length: 9 }, () => 'CONNECTOR_OPTION_INVALID'),
    ])
    for (const error of errors) {
      expect(shown(error)).not.toContain(secret)
      expect(shown(error)).not.toContain(basic)
    }
  })

  it('takes a path in the url, and a fetch of the caller', async () => {
    const asked: string[] = []
    const own: typeof fetch = (input) => {
      asked.push(input as string)
      return Promise.resolve(Response.json({ schema: '"string"' }))
    }
    const codec = await open({ registry: { url: 'https://ward.example/registry/', fetch: own } })
    expect(await codec.decode(Buffer.from('000000000706666f6f', 'hex'))).toBe('foo')
    expect(asked).toEqual(['https://ward.example/registry/schemas/ids/7'])
  })
})
