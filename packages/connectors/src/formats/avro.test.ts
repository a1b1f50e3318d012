import { describe, expect, it } from 'vitest'
import { zigZag } from '../../test/avro-by-hand.ts'
import { avro } from './avro.ts'
import type { AvroOptions, AvroSchema } from './avro-options.ts'
import { loadAvsc } from './avro-schema.ts'
import { type MessageCodec, Undecodable } from './message-format.ts'

const { signal } = new AbortController()
const open = async (schema: AvroSchema, options: Partial<AvroOptions> = {}): Promise<MessageCodec<unknown>> =>
  avro({ ...options, schema }).openCodec({ signal })
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const record = (name: string, fields: Readonly<Record<string, unknown>>): AvroSchema => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
})

const vitals = record('Vitals', {
  patient: 'string',
  spo2: ['null', 'int'],
  tags: { type: 'map', values: 'int' },
  beds: { type: 'array', items: record('Bed', { ward: 'string', number: 'int' }) },
})

describe('avro, by the examples and words of its specification', () => {
  it.each([
    ['"int"', 0, '00'],
    ['"int"', -1, '01'],
    ['"int"', 1, '02'],
    ['"int"', -64, '7f'],
    ['"int"', 64, '8001'],
    ['long', 2 ** 31, '80 80 80 80 10'],
    ['long', -(2 ** 53) + 2, 'fb ff ff ff ff ff ff 1f'],
    ['null', null, ''],
    ['boolean', true, '01'],
    ['float', 1.5, '00 00 c0 3f'],
    ['double', -2.5, '00 00 00 00 00 00 04 c0'],
    ['string', 'foo', '06 66 6f 6f'],
    ['string', 'é', '04 c3 a9'],
    ['bytes', Buffer.from([0, 255]), '04 00 ff'],
    [{ type: 'fixed', name: 'F', size: 2 }, Buffer.from([1, 2]), '01 02'],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B', 'C', 'D'] }, 'D', '06'],
    [record('test', { a: 'long', b: 'string' }), { a: 27, b: 'foo' }, '36 06 66 6f 6f'],
    [{ type: 'array', items: 'long' }, [3, 27], '04 06 36 00'],
    [{ type: 'map', values: 'int' }, { a: 1 }, '02 02 61 02 00'],
    [['null', 'string'], null, '00'],
    [['null', 'string'], 'a', '02 02 61'],
    [['int', 'double'], { double: -2.5 }, '02 00 00 00 00 00 00 04 c0'],
  ] as const)('%j: %j is %s', async (schema, value, bytes) => {
    const codec = await open(schema as AvroSchema)
    expect(codec.encode(value, 'topic')).toEqual(hex(bytes))
    expect(codec.decode(hex(bytes))).toEqual(value)
  })

  it('reads arrays and maps in several blocks, with and without their bytes', async () => {
    expect((await open({ type: 'array', items: 'long' })).decode(hex('03 04 06 36  02 02  00'))).toEqual([3, 27, 1])
    expect((await open({ type: 'map', values: 'int' })).decode(hex('01 06 02 61 02  02 02 62 04  00'))).toEqual({
      a: 1,
      b: 2,
    })
  })

  it('takes a schema as JSON text, too', async () => {
    const codec = await open(JSON.stringify(vitals))
    const value = { patient: 'p1', spo2: 97, tags: { icu: 1 }, beds: [{ ward: 'w', number: 4 }] }
    expect(codec.decode(codec.encode(value, 'topic') as Buffer)).toEqual(value)
  })
})

describe('avro, of bytes that are no value', () => {
  const good = { patient: 'p1', spo2: 97, tags: { Doe: 1 }, beds: [{ ward: 'w', number: 4 }] }

  it('says so wherever the message is cut off or goes on', async () => {
    const codec = await open(vitals)
    const bytes = codec.encode(good, 'topic') as Buffer
    for (let length = 0; length < bytes.length; length++) {
      expect(codec.decode(bytes.subarray(0, length))).toMatchObject({ code: 'avro-invalid' })
    }
    expect(codec.decode(Buffer.concat([bytes, Buffer.alloc(1)]))).toEqual(
      new Undecodable('avro-invalid', `(value): bytes after the value, byte ${bytes.length}`),
    )
  })

  it.each([
    ['02 61 04 00 00', 'avro-invalid', 'spo2: no such branch, byte 3'],
    ['02 61 02 80 80 80 80 10 00 00', 'avro-invalid', 'spo2: more than 32 bits, byte 8'],
    ['02 61 00 02 06 44 6f 65', 'avro-invalid', 'tags.*: ends too early, byte 8'],
    ['02 61 00 02 06 ff 6f 65 02 00 00', 'utf8-invalid', 'tags.*: not UTF-8, byte 8'],
    ['02 61 00 02 12 5f5f70726f746f5f5f 02 00 00', 'avro-invalid', 'tags.*: a key that no object can hold, byte 14'],
    ['02 61 00 00 04 02 77 08 03 77', 'avro-invalid', 'beds[1].ward: a length below 0, byte 9'],
    ['02 61 00 00 01 08 02 77 08 00', 'avro-invalid', 'beds: a block that has not the bytes that it says, byte 9'],
  ])('%s: %s, %s', async (bytes, code, reason) => {
    const codec = await open(vitals)
    expect(codec.decode(hex(bytes))).toEqual(new Undecodable(code, reason))
  })

  it.each([
    ['boolean', '02', 'neither 0 nor 1'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, '02', 'no such symbol'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, '01', 'no such symbol'],
    [{ type: 'fixed', name: 'F', size: 2 }, '01', 'ends too early'],
    ['long', 'ff ff ff ff ff ff ff ff ff 02', 'more than 64 bits'],
    ['int', 'ff ff ff ff 1f', 'more than 32 bits'],
  ] as const)('%j, %s: %s', async (schema, bytes, rule) => {
    const { code, reason } = (await open(schema)).decode(hex(bytes)) as Undecodable
    expect([code, reason]).toEqual(['avro-invalid', expect.stringContaining(rule)])
  })

  it('is not kept busy by a count of items that are not there', async () => {
    const huge = zigZag(2n ** 40n)
    for (const schema of [
      { type: 'array', items: 'int' },
      { type: 'array', items: 'null' },
      { type: 'map', values: 'null' },
      { type: 'array', items: record('Empty', {}) },
    ]) {
      const codec = await open(schema)
      expect(codec.decode(huge)).toMatchObject({ code: 'avro-invalid' })
      expect(codec.decode(Buffer.concat([zigZag(-(2n ** 40n)), zigZag(0n)]))).toMatchObject({ code: 'avro-invalid' })
    }
    const nulls = Buffer.concat([zigZag(3n), zigZag(0n)])
    expect((await open({ type: 'array', items: 'null' })).decode(nulls)).toEqual([null, null, null])
  })

  it('is not brought down by values that are nested too deeply', async () => {
    const codec = await open({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] })
    expect(codec.decode(hex('02 02 00'))).toEqual({ next: { next: { next: null } } })
    expect(codec.decode(Buffer.alloc(500_000, 2))).toMatchObject({ code: 'avro-invalid' })
  })

  it('refuses a message above the limit', async () => {
    const codec = await open('string', { maxRowBytes: 4 })
    expect(codec.decode(hex('06 66 6f 6f'))).toBe('foo')
    expect(codec.decode(hex('08 66 6f 6f 6f'))).toMatchObject({ code: 'message-too-long' })
  })
})

describe('avro, of longs', () => {
  const limit = 2n ** 53n - 1n

  it('rejects one that a number does not hold, and says where', async () => {
    const codec = await open(record('R', { id: 'long' }))
    for (const long of [limit, limit - 1n, 2n ** 52n, 2n ** 52n + 1n].flatMap((long) => [long, -long])) {
      expect(codec.decode(zigZag(long))).toEqual({ id: Number(long) })
      expect(codec.encode({ id: Number(long) }, 'topic')).toEqual(zigZag(long))
    }
    for (const long of [limit + 1n, limit + 2n, -limit - 1n, -limit - 2n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(codec.decode(zigZag(long))).toMatchObject({
        code: 'avro-long-unsafe',
        reason: expect.stringMatching(/^id: a long with more digits than a number holds/),
      })
    }
    expect(() => codec.encode({ id: 2 ** 53 }, 'topic')).toThrow('id: no long')
  })

  it('has all 64 bits as bigint where that is asked for, under a logical type too', async () => {
    const fields = { id: 'long', time: { type: 'long', logicalType: 'timestamp-micros' }, maybe: ['null', 'long'] }
    const codec = await open(record('R', fields), { longs: 'bigint' })
    for (const long of [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      const bytes = Buffer.concat([zigZag(long), zigZag(long), zigZag(1n), zigZag(long)])
      const value = { id: long, time: long, maybe: long }
      expect(codec.decode(bytes)).toEqual(value)
      expect(codec.encode(value, 'topic')).toEqual(bytes)
    }
    expect(() => codec.encode({ id: 1, time: 1n, maybe: null }, 'topic')).toThrow('FORMAT_ENCODE_FAILED')
    expect(() => codec.encode({ id: 2n ** 63n, time: 1n, maybe: null }, 'topic')).toThrow('FORMAT_ENCODE_FAILED')
  })

  it('is read as a double, rounded and with its sign; and a bigint from an int', async () => {
    for (const longs of ['number', 'bigint'] as const) {
      const codec = await open(record('R', { id: 'double' }), { longs, writerSchema: record('R', { id: 'long' }) })
      for (const long of [-1n, 2n ** 52n + 1n, -(2n ** 52n) - 1n, 2n ** 63n - 1n, -(2n ** 62n) - 1n]) {
        expect(codec.decode(zigZag(long))).toEqual({ id: Number(long) })
      }
    }
    const wider = await open(record('R', { id: 'long' }), { longs: 'bigint', writerSchema: record('R', { id: 'int' }) })
    expect(wider.decode(zigZag(7n))).toEqual({ id: 7n })
  })
})

describe('avro, of two schemas', () => {
  it('reads the one as the other: fields left out, defaults, other order, wider numbers', async () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'unit', type: 'string', default: '%' },
        { name: 'value', type: 'double', aliases: ['spo2'] },
        { name: 'patient', type: 'string' },
      ],
    }
    const writerSchema = record('R', { patient: 'string', extra: { type: 'array', items: 'int' }, spo2: 'int' })
    const codec = await open(schema, { writerSchema })
    expect(codec.decode(hex('04 70 31  03 04 02 04 00  c2 01'))).toEqual({ unit: '%', value: 97, patient: 'p1' })
    expect(codec.encode({ unit: '%', value: 1.5, patient: 'p1' }, 'topic')).toEqual(
      hex('02 25  00 00 00 00 00 00 f8 3f  04 70 31'),
    )
    expect(codec.decode(hex('04 70 31  03 06 02 04 00  c2 01'))).toMatchObject({
      code: 'avro-invalid',
      reason: expect.stringMatching(/^extra: a block/),
    })
  })

  it('is refused where they do not fit, and where one is no schema', async () => {
    const refused = [
      avro({ schema: record('R', { a: 'int' }), writerSchema: record('R', { b: 'int' }) }),
      avro({ schema: 'int', writerSchema: 'string' }),
      avro({ schema: { type: 'record', name: 'R', fields: [{ name: 'a', type: 'Unknown' }] } }),
      avro({ schema: '{"type": "int"' }),
      avro({ schema: 'int', writerSchema: 'Unknown' }),
    ]
    for (const format of refused) {
      await expect((async () => format.openCodec({ signal }))()).rejects.toMatchObject({
        code: 'CONNECTOR_OPTION_INVALID',
      })
    }
  })
})

describe('avro, of values that do not fit', () => {
  it('says where and what was asked for, and shows no value nor key of a map', async () => {
    const codec = await open(vitals)
    const good = { patient: 'p1', spo2: null, tags: {}, beds: [] }
    const messages = [
      { ...good, patient: 123_456 },
      { ...good, spo2: 'Doe' },
      { ...good, tags: { Doe: 123_456.5 } },
      { ...good, beds: [{ ward: 'w', number: 4 }, { ward: 'w' }] },
      undefined,
      null,
    ].map((value) => {
      try {
        return codec.encode(value, 'topic')
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(messages).toEqual([
      expect.stringContaining('(patient: no string)'),
      expect.stringContaining('(spo2: no union:unwrapped)'),
      expect.stringContaining('(tags.*: no int)'),
      expect.stringContaining('(beds[1].number: no int)'),
      expect.stringContaining('(value): no Vitals'),
      expect.stringContaining('(value): no Vitals'),
    ])
    for (const message of messages) expect(message).toMatch(/FORMAT_ENCODE_FAILED/)
    for (const message of messages) expect(message).not.toMatch(/Doe|123/)
  })

  it('refuses text that is no Unicode, which no reader could have back', async () => {
    const codec = await open(record('R', { name: 'string' }))
    const keyed = await open({ type: 'map', values: 'int' })
    for (const name of ['a\ud800', `${'a'.repeat(100)}\udc00`]) {
      expect(() => codec.encode({ name }, 'topic')).toThrow('name: no string')
    }
    expect(() => keyed.encode({ 'a\ud800': 1 }, 'topic')).toThrow('*: not UTF-8')
  })

  it('writes values of any size', async () => {
    const codec = await open(record('R', { name: 'string', data: 'bytes' }))
    for (const size of [0, 1_000, 1_015, 1_024, 5_000, 3_000_000]) {
      const value = { name: 'é'.repeat(size), data: Buffer.alloc(size, 7) }
      const bytes = codec.encode(value, 'topic') as Buffer
      const reader = await open(record('R', { name: 'string', data: 'bytes' }), { maxRowBytes: 2 ** 28 })
      expect(reader.decode(bytes)).toEqual(value)
    }
  })
})

describe('avro, of logical types', () => {
  it('goes by those of avsc that are passed on', async () => {
    const avsc = await loadAvsc()
    class DateType extends avsc.types.LogicalType {
      protected override _fromValue(value: number): Date {
        if (value < 0) throw new Error(`${value} is before 1970`)
        return new Date(value)
      }
      protected override _toValue(date: Date): number | undefined {
        return date instanceof Date ? date.getTime() : undefined
      }
    }
    const schema = record('R', { time: { type: 'long', logicalType: 'timestamp-millis' } })
    const codec = await open(schema, { avsc: { logicalTypes: { 'timestamp-millis': DateType } } })
    expect(codec.decode(zigZag(1_000n))).toEqual({ time: new Date(1_000) })
    expect(codec.encode({ time: new Date(1_000) }, 'topic')).toEqual(zigZag(1_000n))
    expect(codec.decode(zigZag(-5n))).toEqual(new Undecodable('avro-invalid', '(value): refused by a logical type'))
    expect(() => codec.encode({ time: 'now' }, 'topic')).toThrow('time: no logical:timestamp-millis')
    const plain = await open(schema)
    expect(plain.decode(zigZag(1_000n))).toEqual({ time: 1_000 })
  })

  it('names the peer that is missing', async () => {
    const load = () => Promise.reject(new Error('Cannot find package'))
    await expect(loadAvsc(load)).rejects.toMatchObject({ code: 'CONNECTOR_PEER_MISSING' })
  })
})
