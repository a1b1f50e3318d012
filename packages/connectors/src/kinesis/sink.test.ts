import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, failEntries, refuse } from '../../test/aws/faults.ts'
import { LocalKinesis } from '../../test/kinesis/local-kinesis.ts'
import { json } from '../formats/json.ts'
import { text } from '../formats/text.ts'
import { kinesisSink } from './sink.ts'
import type { KinesisSinkOptions } from './sink-options.ts'

interface Reading {
  readonly patient: string
  readonly n: number
}

const STREAM = 'vitals'
const SLOW = 'ProvisionedThroughputExceededException'

let kinesis: LocalKinesis
let proxy: AwsFaultProxy
let stopping: AbortController

beforeEach(async () => {
  stopping = new AbortController()
  kinesis = await LocalKinesis.start()
  await kinesis.createStream(STREAM, 2)
  proxy = await AwsFaultProxy.listen(kinesis.endpoint)
})

afterEach(async () => {
  stopping.abort()
  proxy.close()
  await kinesis.close()
  vi.restoreAllMocks()
})

async function open(options: Partial<KinesisSinkOptions<Reading>> = {}) {
  const sink = kinesisSink<Reading>({
    stream: STREAM,
    format: json<Reading>(),
    partitionKey: ({ patient }) => patient,
    config: clientConfig(proxy.endpoint),
    ...options,
  })
  return sink.open({ operatorId: 'out', signal: stopping.signal, restored: false })
}

/** So many readings of so many patients in turn, numbered as they are written. */
function readings(count: number, patients: number): Reading[] {
  return Array.from({ length: count }, (_, n) => ({ patient: `p-${n % patients}`, n }))
}

async function stored(): Promise<Reading[]> {
  return (await kinesis.readAll(STREAM)).map(({ data }) => JSON.parse(data.toString()) as Reading)
}

async function writeAll(values: readonly Reading[], options: Partial<KinesisSinkOptions<Reading>> = {}) {
  const writer = await open(options)
  try {
    for (let at = 0; at < values.length; at += 100) {
      const run = values.slice(at, at + 100)
      await writer.write(
        run,
        run.map(({ n }) => n),
      )
    }
    await writer.prepareCommit?.(1)
  } finally {
    await writer.close?.()
  }
}

const inTurn = (values: readonly Reading[], patient: string): number[] =>
  values.filter((value) => value.patient === patient).map(({ n }) => n)

describe('kinesisSink', () => {
  it('sends again only the records that a request has left out, and keeps the order of each key', async () => {
    const values = readings(600, 40)
    for (let n = 1; n <= 12; n++)
      proxy.plan(
        'PutRecords',
        failEntries((index) => (index * 7 + n) % 3 === 0, SLOW),
      )
    await writeAll(values)
    const seen = await stored()
    expect(seen.toSorted((a, b) => a.n - b.n)).toEqual(values)
    for (let p = 0; p < 40; p++) expect(inTurn(seen, `p-${p}`)).toEqual(inTurn(values, `p-${p}`))
  })

  it('is slowed down by a service that slows it down, and loses nothing', async () => {
    proxy.plan('PutRecords', refuse(400, SLOW), { times: 3 })
    proxy.plan('PutRecords', refuse(503, 'ServiceUnavailable'), { times: 2 })
    proxy.plan('PutRecords', cutBefore(), { times: 2 })
    const values = readings(200, 200)
    await writeAll(values)
    expect((await stored()).toSorted((a, b) => a.n - b.n)).toEqual(values)
  })

  it('may write twice what an answer was lost of, and never less than once', async () => {
    proxy.plan('PutRecords', cutAfter())
    const values = readings(50, 50)
    await writeAll(values)
    const seen = await stored()
    expect(new Set(seen.map(({ n }) => n))).toEqual(new Set(values.map(({ n }) => n)))
    expect(seen).toHaveLength(100)
  })

  it('gives up after retryFor, with what it met', async () => {
    proxy.plan(
      'PutRecords',
      failEntries(() => true, SLOW),
      { times: Number.POSITIVE_INFINITY },
    )
    await expect(writeAll(readings(3, 3), { retryFor: 200 })).rejects.toMatchObject({
      code: 'AWS_THROTTLED',
      retryable: true,
      message: expect.stringContaining("PutRecords of sink 'out' to stream 'vitals': Provisioned"),
    })
  })

  it('keeps requests to 500 records and to the bytes that the service takes', async () => {
    const big = 'x'.repeat(900 * 1024)
    const writer = await kinesisSink<string>({
      stream: STREAM,
      format: text(),
      partitionKey: (value) => value.slice(0, 4),
      config: clientConfig(proxy.endpoint),
    }).open({ operatorId: 'out', signal: stopping.signal, restored: false })
    const values = [...Array(8).keys()].map((n) => `${1000 + n}${big}`)
    await writer.write(
      values,
      values.map(() => 0),
    )
    await writer.prepareCommit?.(1)
    // Five of them are 4.4 MiB, six are too much.
    expect(proxy.calls('PutRecords')).toBe(2)
    expect(await kinesis.readAll(STREAM)).toHaveLength(8)
    await writer.close?.()
    await writeAll(readings(1_200, 1_200))
    expect(proxy.calls('PutRecords')).toBeGreaterThanOrEqual(5)
  })

  it('puts records where their explicit hash keys say', async () => {
    const last = (2n ** 128n - 1n).toString()
    await writeAll(readings(20, 20), { explicitHashKey: ({ n }) => (n % 2 === 0 ? '0' : last) })
    const all = await kinesis.readAll(STREAM)
    const byShard = Map.groupBy(all, ({ shardId }) => shardId)
    expect([...byShard.values()].map((records) => records.length)).toEqual([10, 10])
    for (const records of byShard.values()) {
      const even = new Set(records.map(({ data }) => (JSON.parse(data.toString()) as Reading).n % 2))
      expect(even.size).toBe(1)
    }
  })

  it.each([
    [{ partitionKey: () => '' }, 'CONNECTOR_OPTION_INVALID', 'partitionKey gave a text of 0 characters'],
    [{ partitionKey: () => 'Ada'.repeat(100) }, 'CONNECTOR_OPTION_INVALID', 'a text of 300 characters'],
    [{ partitionKey: () => 7 as never }, 'CONNECTOR_OPTION_INVALID', 'partitionKey gave number'],
    [{ explicitHashKey: () => '-1' }, 'CONNECTOR_OPTION_INVALID', 'explicitHashKey gave what is no whole number'],
    [{ explicitHashKey: () => (2n ** 128n).toString() }, 'CONNECTOR_OPTION_INVALID', 'explicitHashKey gave'],
    [{ maxRecordBytes: 10 }, 'KINESIS_RECORD_TOO_LARGE', 'a record has 31 bytes with its key'],
  ])('refuses a record that cannot be one, without showing it (%#)', async (options, code, message) => {
    const failed = writeAll([{ patient: 'Ada', n: 123456 }], options)
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    await expect(failed).rejects.not.toThrow('Ada')
  })

  it('says at the start that there is no such stream', async () => {
    await expect(open({ stream: 'nowhere' })).rejects.toMatchObject({
      code: 'AWS_RESOURCE_MISSING',
      message: expect.stringContaining("sink 'out' to stream 'nowhere'"),
    })
  })

  it('writes where it may not describe the stream', async () => {
    proxy.plan('DescribeStreamSummary', refuse(400, 'AccessDeniedException'))
    await writeAll(readings(3, 3))
    expect(await stored()).toHaveLength(3)
  })

  it('warns once, with figures and without the key, when most records have one key', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const values = readings(20_000, 1).map((value, n) => (n % 4 === 0 ? { ...value, patient: `q-${n}` } : value))
    await writeAll(values, { order: 'none' })
    expect(warning).toHaveBeenCalledTimes(1)
    const [text, options] = warning.mock.calls[0] as unknown as [string, { code: string }]
    expect(options).toEqual({ code: 'KINESIS_KEY_SKEWED' })
    expect(text).toContain('of its last 10000 records 7500 (75 %; ')
    expect(text).toContain('They go to one of 2 shards')
    expect(text).not.toContain('p-0')
  })

  it('does not warn where keys are spread', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await writeAll(readings(10_000, 500), { order: 'none' })
    expect(warning).not.toHaveBeenCalled()
  })

  it.each([
    [{ stream: 'no stream' }, "stream is 'no stream'"],
    [{ partitionKey: undefined }, 'partitionKey is no function'],
    [{ order: 'random' }, "order is 'random'"],
    [{ batch: { entries: 501 } }, 'batch.entries is 501'],
    [{ batch: { bytes: 6 * 1024 * 1024 } }, 'batch.bytes is 6291456'],
    [{ batch: { size: 1 } }, 'batch.size is no option'],
    [{ maxRecordBytes: 11 * 1024 * 1024 }, 'maxRecordBytes is 11534336'],
    [{ partionKey: () => 'x' }, 'partionKey is no option'],
    [{ format: {} }, 'format is no format'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const make = () =>
      kinesisSink({ stream: STREAM, format: json(), partitionKey: () => 'k', ...(options as object) } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })

  it('takes an ARN for a name', () => {
    const stream = 'arn:aws:kinesis:eu-central-1:123456789012:stream/vitals'
    expect(kinesisSink({ stream, format: json(), partitionKey: () => 'k' }).kind).toBe('kinesis')
  })
})
