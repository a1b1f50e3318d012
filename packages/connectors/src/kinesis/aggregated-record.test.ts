import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregateOf, readByLibrary } from '../../test/kinesis/aggregate.ts'
import { hashKeyOf, type UserRecord, userRecordsOf } from './aggregated-record.ts'

const runs = Math.max(1, Math.round(Number(process.env.MILLRACE_CASES ?? 1_000) / 5))
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])

function framed(message: Buffer): Buffer {
  return Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()])
}

function usersOf(data: Buffer): readonly UserRecord[] {
  const read = userRecordsOf(data)
  if (read === undefined || read === 'invalid') throw new Error('it is no aggregate')
  return read
}

// The library's own tables mix up keys that look like numbers: these do not.
const users = fc.array(
  fc.record({
    key: fc.string({ minLength: 1, maxLength: 9 }).map((key) => `k${key}`),
    data: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  }),
  { minLength: 1, maxLength: 40 },
)

describe('userRecordsOf', () => {
  it("reads what Amazon's library for Node writes, as that reads it", async () => {
    await fc.assert(
      fc.asyncProperty(users, async (given) => {
        const data = await aggregateOf(given)
        const seen = usersOf(data).map((user) => ({
          key: user.partitionKey,
          hashKey: user.explicitHashKey,
          data: user.data.toString(),
        }))
        expect(seen.map(({ key, data: text }) => ({ key, data: text }))).toEqual(given)
        expect(seen.map(({ key, data: text }) => `${key} ${text}`)).toEqual(
          readByLibrary(data).map(({ key, data: text }) => `${key} ${text}`),
        )
      }),
      { numRuns: runs },
    )
  })

  it('reads explicit hash keys, and those of records that have none', async () => {
    const hashKey = (2n ** 127n).toString()
    const data = await aggregateOf([
      { key: 'a', data: '1', hashKey },
      { key: 'b', data: '2' },
    ])
    expect(usersOf(data).map((user) => user.explicitHashKey)).toEqual([hashKey, undefined])
  })

  it('takes for an ordinary record what begins otherwise, is too short, or has another digest', async () => {
    const data = await aggregateOf([{ key: 'a', data: 'x' }])
    const broken = Buffer.from(data)
    broken[6] = (broken[6] ?? 0) ^ 1
    for (const other of [Buffer.from('{"n":1}'), Buffer.alloc(0), MAGIC, data.subarray(0, 19), broken]) {
      expect(userRecordsOf(other)).toBeUndefined()
    }
  })

  it.each([
    ['a table that is missing', '1a060800 1a0278'],
    ['a length beyond the end', '0aff01'],
    ['an index that is not in the table', '0a0161 1a05080 51a0178'],
    ['a record without data', '0a0161 1a020800'],
    ['a number for a text', '0801'],
    ['a group', '0b0c'],
    ['a varint without end', 'ffffffffffffffffffffff'],
  ])('says that it is invalid: %s', (_name, hex) => {
    expect(userRecordsOf(framed(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toBe('invalid')
  })

  it('reads an aggregate of none, and passes over fields that it does not know', () => {
    expect(userRecordsOf(framed(Buffer.alloc(0)))).toEqual([])
    // The first record has a tag (4), a field of 32 bits (5) and one of 64 (6).
    const record = '0800 1a0178 2203 0a0174 2d01020304 310102030405060708'.replaceAll(' ', '')
    const message = Buffer.from(
      `0a0161 1a${(record.length / 2).toString(16)}${record} 2a0179`.replaceAll(' ', ''),
      'hex',
    )
    expect(usersOf(framed(message)).map(({ partitionKey, data }) => `${partitionKey} ${data.toString()}`)).toEqual([
      'a x',
    ])
  })

  it('never throws, whatever the message is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const read = userRecordsOf(framed(Buffer.from(bytes)))
        expect(read === 'invalid' || Array.isArray(read)).toBe(true)
      }),
      { numRuns: runs * 5 },
    )
  })
})

describe('hashKeyOf', () => {
  it('is the MD5 of the partition key as a number, or the explicit one', () => {
    const data = Buffer.alloc(0)
    // md5('a') as it is published in RFC 1321.
    const md5 = BigInt('0x0cc175b9c0f1b6a831c399e269772661')
    expect(hashKeyOf({ partitionKey: 'a', explicitHashKey: undefined, data })).toBe(md5)
    expect(hashKeyOf({ partitionKey: 'a', explicitHashKey: '42', data })).toBe(42n)
  })
})
