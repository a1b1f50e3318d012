import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import type { Reject, Sink } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { dynamoDbSink } from '../src/dynamodb/index.ts'
import { emailSink } from '../src/email/index.ts'
import { fileSource } from '../src/file/index.ts'
import { firehoseSink } from '../src/firehose/index.ts'
import {
  avro,
  csv,
  type Format,
  json,
  jsonTemplate,
  type MessageFormat,
  type Schema,
  template,
  text,
  Undecodable,
} from '../src/formats/index.ts'
import { kinesisSink } from '../src/kinesis/index.ts'
import { openLake } from '../src/lake/index.ts'
import { s3Sink } from '../src/s3/index.ts'
import { snsSink } from '../src/sns/index.ts'
import { sqsSink } from '../src/sqs/index.ts'
import { webhookSink } from '../src/webhook/index.ts'
import { clientConfig } from './aws/client-config.ts'
import { decodeAll } from './decode-all.ts'

/** A patient, none of whom may stand in an error, a reject's reason, a warning or a line that is printed. */
const PATIENT = {
  name: 'Canary Kestrel-Quill',
  phone: '+49-151-70067131',
  address: 'Finch Row 7731 "rear"',
  email: 'kestrel.quill@canary.example',
  spo2: 87.130917,
}
type Patient = typeof PATIENT
const WRITINGS = Object.values(PATIENT)
  .map(String)
  .flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').slice(0, -4),
    Buffer.from(value).toString('hex'),
  ])

/** Of an error its message, stack, causes and every field, those that are not shown by themselves among them. */
function gotOut(what: unknown): string[] {
  const shown = typeof what === 'string' ? what : inspect(what, { depth: 20, showHidden: true, maxStringLength: null })
  return WRITINGS.filter((writing) => shown.includes(writing))
}

const printed: unknown[] = []
beforeEach(() => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void printed.push(args))
  }
  vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => void printed.push(args))
})
afterEach(() => {
  vi.restoreAllMocks()
  expect(gotOut(printed.splice(0))).toEqual([])
})

async function failureOf(run: () => unknown): Promise<Error> {
  try {
    await run()
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

/** A validator that quotes what it was given, as several libraries do, and names its path by keys of the data. */
const quoting: Schema<Patient> = {
  '~standard': {
    version: 1,
    vendor: 'quoting',
    validate: (value) => ({
      issues: [
        { message: `got ${JSON.stringify(value)}`, path: [PATIENT.name, { key: PATIENT.email }] },
        { message: PATIENT.name, code: PATIENT.address, expected: PATIENT.phone } as never,
      ],
    }),
  },
}
const vitals = {
  type: 'record',
  name: 'Vitals',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'spo2', type: 'int' },
  ],
}
const line = JSON.stringify(PATIENT)

describe('a reject', () => {
  const formats: [string, Format<unknown>, string][] = [
    ['half of a JSON line', json(), line.slice(0, -3)],
    ['a JSON line with a word too many', json(), `${line} ${PATIENT.name}`],
    ['a line of no JSON', json(), PATIENT.name],
    ['a line that a schema refuses', json(quoting), line],
    ['a line that is too long', json(undefined, { maxRowBytes: 60 }), line],
    ['a row that is short', csv({ columns: ['a', 'b', 'c'] }), `${PATIENT.name},${PATIENT.spo2}`],
    ['a row that is long', csv({ columns: ['a'] }), `${PATIENT.name},${PATIENT.spo2}`],
    ['a row whose quote is not closed', csv({ columns: ['a'] }), `"${PATIENT.name}`],
    ['a row with a quote in its middle', csv({ columns: ['a'] }), `${PATIENT.name} "x" y`],
    ['a row that a schema refuses', csv({ columns: ['a', 'b'], schema: quoting }), `${PATIENT.name},${PATIENT.spo2}`],
  ]
  it.each(formats)('of %s says why without the text, which stands in raw alone', (_, format, bytes) => {
    const { rejects } = decodeAll(format, [Buffer.from(`${bytes}\n`)]).rows
    expect(rejects).toHaveLength(1)
    expect(rejects.flatMap(({ reject: { raw: __, ...rest } }) => gotOut(rest))).toEqual([])
  })

  const messages: [string, MessageFormat<unknown>, Buffer][] = [
    ['of no JSON', json(), Buffer.from(PATIENT.name)],
    ['that a schema refuses', json(quoting), Buffer.from(line)],
    ['that is too long', json(undefined, { maxRowBytes: 60 }), Buffer.from(line)],
    ['of no UTF-8', text(), Buffer.concat([Buffer.from(PATIENT.name), Buffer.from([0xff])])],
    ['of no Avro', avro({ schema: vitals as never }), Buffer.from(`(${PATIENT.name}${PATIENT.phone}`)],
  ]
  it.each(messages)('of a message %s says why without the message', async (_, format, bytes) => {
    const codec = await format.openCodec({ signal: new AbortController().signal })
    const decoded = await codec.decode(bytes)
    expect(decoded).toBeInstanceOf(Undecodable)
    expect(gotOut(decoded)).toEqual([])
  })

  it('that fails the job shows the row to nobody', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-canaries-'))
    const path = join(directory, 'readings.ndjson')
    writeFileSync(path, `${PATIENT.name}\n`)
    try {
      const env = createEnvironment()
      env.fromSource(fileSource({ paths: [path], format: json() }), { id: 'readings', onReject: 'fail' }).print()
      const error = await failureOf(() => env.execute())
      expect(error.message).toContain('json-invalid')
      expect(gotOut(error)).toEqual([])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('a record that cannot be written', () => {
  const cycle: Record<string, unknown> = { ...PATIENT }
  cycle[PATIENT.name] = cycle
  const failing = {
    ...PATIENT,
    toJSON(): never {
      throw new Error(PATIENT.name)
    },
  }
  const symbolic = { ...PATIENT, spo2: Symbol(PATIENT.name) }
  it.each<[string, () => unknown]>([
    ['JSON, for a cycle', () => json().encode(cycle)],
    ['JSON, for what its toJSON throws', () => json().encode(failing)],
    ['JSON, for a bigint', () => json().encode({ ...PATIENT, n: 1n })],
    [
      'a text',
      async () => (await text().openCodec({ signal: new AbortController().signal })).encode(PATIENT as never, 't'),
    ],
    ['a template, for a type', () => template<Patient>('{spo2}', { fields: ['spo2'] }).render(symbolic as never)],
    [
      'a template, for a number',
      () => template<Patient>('{spo2}', { fields: ['spo2'] }).render({ ...PATIENT, spo2: NaN }),
    ],
    ['a template of fields', () => jsonTemplate<Patient>(['name']).render({ ...PATIENT, name: failing } as never)],
    [
      'Avro',
      async () =>
        (await avro({ schema: vitals as never }).openCodec({ signal: new AbortController().signal })).encode(
          PATIENT,
          't',
        ),
    ],
  ])('as %s is refused without being shown', async (_, write) => {
    const error = await failureOf(write)
    expect(error).toMatchObject({ code: 'FORMAT_ENCODE_FAILED' })
    expect(gotOut(error)).toEqual([])
  })
})

/** What is asked before anything is written. */
const KNOWN: Readonly<Record<string, string>> = {
  DescribeStreamSummary: JSON.stringify({ StreamDescriptionSummary: { StreamStatus: 'ACTIVE', OpenShardCount: 1 } }),
  DescribeTable: JSON.stringify({
    Table: {
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
    },
  }),
  GET: '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>',
}

describe('a service that says back what it was sent', () => {
  let server: Server
  let status = 400
  beforeAll(async () => {
    server = createServer((request, response) => {
      const said = `Value '${line}' at '${PATIENT.phone}' is not so`
      const known = KNOWN[`${request.headers['x-amz-target'] ?? request.method}`.replace(/^.*\./, '')]
      request.resume().on('end', () => {
        if (known !== undefined) {
          response.end(known)
          return
        }
        const isQuery = request.headers['content-type']?.includes('urlencoded') === true
        const isXml = isQuery || request.headers['x-amz-target'] === undefined
        const xml = `<Error><Code>InvalidParameter</Code><Message>${said}</Message></Error>`
        const inJson = JSON.stringify({ __type: 'ValidationException', message: said, Message: said })
        const body = isQuery ? `<ErrorResponse>${xml}</ErrorResponse>` : isXml ? xml : inJson
        response.writeHead(status, { 'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.0' }).end(body)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const aws = () => ({ config: { ...clientConfig(address()), forcePathStyle: true }, retryFor: '500ms' as const })
  const body = template<Patient>('{name} {phone} {address}', { fields: ['name', 'phone', 'address'] })
  const recipients = [{ id: 'nurse', address: 'http://127.0.0.1:1', status: 'confirmed' }] as const
  const whenUndelivered = 'fail'
  const sinks: [string, () => Sink<Patient>][] = [
    ['sns', () => snsSink({ topicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms', message: body, ...aws() })],
    ['sqs', () => sqsSink({ queueUrl: `${address()}/123456789012/low`, format: json<Patient>(), ...aws() })],
    ['kinesis', () => kinesisSink({ stream: 'low', format: json<Patient>(), partitionKey: (r) => r.name, ...aws() })],
    ['dynamodb', () => dynamoDbSink<Patient>({ table: 'latest', key: (r) => r.name, ...aws() })],
    ['firehose', () => firehoseSink({ deliveryStream: 'raw', format: json<Patient>(), ...aws() })],
    ['s3', () => s3Sink({ bucket: 'ward', prefix: 'raw', format: json<Patient>(), ...aws() })],
    [
      'webhook',
      () =>
        webhookSink<Patient>({
          ...{
            recipients: [{ ...recipients[0], address: `${address()}/${PATIENT.email}` }],
            key: () => 'alarm-1',
            body,
          },
          ...{ secrets: ['a secret of thirty-two bytes....'], allowHttp: true, retryFor: 0, whenUndelivered },
        }),
    ],
    [
      'email',
      () =>
        emailSink<Patient>({
          transport: {
            sendMail: () => {
              const response = `550 ${PATIENT.email}: ${PATIENT.name} unknown`
              return Promise.reject(
                Object.assign(new Error(response), { responseCode: 550, response, rejected: [PATIENT.email] }),
              )
            },
          } as never,
          ...{
            from: 'alarms@ward.example',
            recipients,
            key: () => 'alarm-1',
            subject: body,
            body,
            retryFor: 0,
            whenUndelivered,
          },
        }),
    ],
  ]
  it.each(sinks.flatMap(([name, sink]) => [400, 500].map((said) => [name, said, sink] as const)))(
    'fails the job of a sink of %s (HTTP %i) with nothing of it',
    async (_, said, sink) => {
      status = said
      const env = createEnvironment()
      const watermarks = monotonousTimestamps().timestamp(() => 0)
      env.fromArray([PATIENT], { watermarks }).sinkTo(sink(), { id: 'out' })
      const error = await failureOf(() => env.execute())
      expect(error).toMatchObject({ code: 'CORE_SINK_FAILED' })
      // The answer came, and what it said is what is not told.
      expect(error.message).toMatch(/HTTP (400|500)|said 550|CONNECTOR_CIRCUIT_OPEN/)
      expect(gotOut(error)).toEqual([])
    },
  )
})

describe('the lake', () => {
  it('shows neither a parameter nor a row of a query that fails', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-canaries-'))
    const lake = await openLake({ directory, memoryLimit: '256MB', threads: 1 })
    try {
      const columns = {
        name: 'VARCHAR',
        phone: 'VARCHAR',
        address: 'VARCHAR',
        email: 'VARCHAR',
        spo2: 'DOUBLE',
      } as const
      const env = createEnvironment()
      env.fromArray([PATIENT]).sinkTo(lake.curated('vitals', { columns }), { id: 'vitals' })
      await env.execute()
      const { name, phone } = PATIENT
      for (const query of [
        () => lake.query`select name::DOUBLE from curated.vitals`,
        () => lake.query`select ${name}::DOUBLE from curated.vitals`,
        () => lake.query`select 1 + ${name}::INTEGER`,
        () => lake.query`select * from curated.vitals where spo2 = ${name}`,
        () => lake.query`select strptime(name, '%Y') from curated.vitals`,
        () => lake.query`select strptime(${phone}, '%Y')`,
        () => lake.query`select * from curated.vitals where regexp_matches(name, ${`(${name}`})`,
        () => lake.query`select error(name) from curated.vitals`,
        () => lake.query`select date_trunc(${name}, now())`,
        () => lake.query`select json_extract(name, '$.a') from curated.vitals`,
      ]) {
        expect(gotOut(await failureOf(query))).toEqual([])
      }
      const wrong = createEnvironment()
      wrong
        .fromArray([{ ...PATIENT, spo2: PATIENT.name }])
        .sinkTo(lake.curated('vitals', { columns } as never), { id: 'vitals' })
      expect(gotOut(await failureOf(() => wrong.execute()))).toEqual([])
    } finally {
      await lake.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

it('is found in whatever part of an error it stands', () => {
  const inner = Object.defineProperty(new Error('x'), 'hidden', { value: PATIENT.phone, enumerable: false })
  expect(gotOut(new Error('a', { cause: new Error('b', { cause: inner }) }))).toEqual([PATIENT.phone, PATIENT.phone])
  expect(gotOut({ reason: encodeURIComponent(PATIENT.address) } satisfies Partial<Reject>)).not.toEqual([])
})
