import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { json } from './json.ts'
import { type MessageCodec, type MessageFormat, Undecodable } from './message-format.ts'
import { text } from './text.ts'

const { signal } = new AbortController()
const codecOf = async <T>(format: MessageFormat<T>): Promise<MessageCodec<T>> => format.openCodec({ signal })
const broken = Buffer.concat([Buffer.from('"é'), Buffer.from([0xc3]), Buffer.from('"')])

describe('json messages', () => {
  it('are one value each, with or without a byte order mark and white space', async () => {
    const codec = await codecOf(json())
    expect(codec.decode(Buffer.from('\uFEFF {"name": "é",\r\n "n": [1, null]}\n'))).toEqual({ name: 'é', n: [1, null] })
    expect(codec.decode(Buffer.from('null'))).toBe(null)
  })

  it('are not decodable where they are no JSON, with the place and without the text', async () => {
    const codec = await codecOf(json())
    expect(codec.decode(Buffer.from('{"name": "Doe" "ssn" 123456789}'))).toEqual(
      new Undecodable('json-invalid', 'not JSON, at character 16'),
    )
    expect(codec.decode(Buffer.from('1\n2'))).toMatchObject({ code: 'json-invalid' })
    expect(codec.decode(Buffer.alloc(0))).toEqual(new Undecodable('json-invalid', 'not JSON'))
  })

  it('are not decodable where they are no UTF-8, nor above the limit', async () => {
    const codec = await codecOf(json(undefined, { maxRowBytes: 8 }))
    expect(codec.decode(broken)).toEqual(new Undecodable('utf8-invalid', 'not UTF-8'))
    expect(codec.decode(Buffer.from('"123456"'))).toBe('123456')
    expect(codec.decode(Buffer.from('"1234567"'))).toEqual(new Undecodable('message-too-long', '9 bytes, more than 8'))
  })

  it('are what the schema makes of them, or say which rule of it they break', async () => {
    const codec = await codecOf(json(z.object({ spo2: z.number().max(100) })))
    expect(codec.decode(Buffer.from('{"spo2":97,"extra":1}'))).toEqual({ spo2: 97 })
    const refused = codec.decode(Buffer.from('{"spo2":977}'))
    expect(refused).toEqual(new Undecodable('schema-invalid', 'spo2: too_big'))
    expect(refused).toBeInstanceOf(Undecodable)
  })

  it('are written in UTF-8, and what has no JSON is refused without showing it', async () => {
    const codec = await codecOf(json())
    expect(codec.encode({ name: 'é' }, 'topic')).toEqual(Buffer.from('{"name":"é"}'))
    expect(() => codec.encode({ ssn: 123_456_789n }, 'topic')).toThrow('FORMAT_ENCODE_FAILED')
    expect(() => codec.encode({ ssn: 123_456_789n }, 'topic')).not.toThrow('123')
    expect(() => codec.encode(undefined, 'topic')).toThrow('FORMAT_ENCODE_FAILED')
  })
})

describe('text messages', () => {
  it('are their text without a byte order mark, both ways', async () => {
    const codec = await codecOf(text())
    expect(codec.decode(Buffer.from('\uFEFFblå\n'))).toBe('blå\n')
    expect(codec.decode(Buffer.alloc(0))).toBe('')
    expect(codec.encode('blå', 'topic')).toEqual(Buffer.from('blå'))
  })

  it('are refused where bytes or text would not survive', async () => {
    const codec = await codecOf(text({ maxRowBytes: 10 }))
    expect(codec.decode(broken)).toMatchObject({ code: 'utf8-invalid' })
    expect(codec.decode(Buffer.alloc(11))).toMatchObject({ code: 'message-too-long' })
    expect(() => codec.encode('a\ud800', 'topic')).toThrow('FORMAT_ENCODE_FAILED')
    expect(() => codec.encode(7 as never, 'topic')).toThrow('a record is number')
  })
})
