import type { StandardSchemaV1 } from '@standard-schema/spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cutAt, decodeAll } from '../../test/decode-all.ts'
import { withRaw } from './format.ts'
import { json } from './json.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const decode = (text: string | Buffer, format = json()) => decodeAll(format, [Buffer.from(text)]).rows

describe('json', () => {
  it('reads a value a line, whatever the line ends, and keeps the last without one', () => {
    const rows = decode('\uFEFF{"a":1}\n\r\n[2]\r\n\n"drei"\n4')
    expect(rows.values).toEqual([{ a: 1 }, [2], 'drei', 4])
    expect(rows.lines).toEqual([1, 3, 5, 6])
    expect(rows.raws).toEqual(['{"a":1}', '[2]', '"drei"', '4'])
  })

  it('rejects what is no JSON, with its place, and keeps the text out of the reason', () => {
    const { values, rejects } = decode('1\n{"name": "Doe" "ssn" 123456789}\n3\nDoe\n{')
    expect(values).toEqual([1, 3])
    expect(rejects.map(({ before, reject }) => [before, reject.position, reject.code, reject.raw])).toEqual([
      [1, 'line 2, byte 2', 'json-invalid', '{"name": "Doe" "ssn" 123456789}'],
      [2, 'line 4, byte 36', 'json-invalid', 'Doe'],
      [2, 'line 5, byte 40', 'json-invalid', '{'],
    ])
    for (const { reject } of rejects) expect(reject.reason).not.toMatch(/Doe|ssn|1234/)
  })

  it('rejects a row that is no UTF-8 and reads those around it', () => {
    const { values, rejects } = decode(Buffer.concat([bytes('"é"\n"'), Buffer.from([0xff, 0xc3]), bytes('"\n"ü"\n')]))
    expect(values).toEqual(['é', 'ü'])
    expect(rejects).toMatchObject([{ before: 1, reject: { code: 'utf8-invalid', raw: '"\uFFFD\uFFFD"' } }])
  })

  it('rejects a line above the limit, keeping its beginning, wherever the bytes are cut', () => {
    const format = json(undefined, { maxRowBytes: 8 })
    const text = bytes(`"123456"\n"1234567"\n1\n${'é'.repeat(50)}\n2\n${'x'.repeat(9)}`)
    for (const size of [1, 2, 3, 9, 1_000]) {
      const places = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => index * size)
      const { rows, positions } = decodeAll(format, cutAt(text, places), 1)
      expect(rows.values).toEqual(['123456', 1, 2])
      expect(rows.rejects.map(({ reject }) => [reject.code, reject.raw])).toEqual([
        ['row-too-long', '"1234567'],
        ['row-too-long', 'éééé'],
        ['row-too-long', 'xxxxxxxx'],
      ])
      expect(positions.at(-1)).toMatchObject({ offset: text.length, line: 6 })
    }
  })

  it('does not keep a line above the limit in memory', () => {
    const decoder = json(undefined, { maxRowBytes: 1_024 }).createDecoder({ split: 'test' })
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const before = process.memoryUsage().arrayBuffers
    const rows = { values: [], lines: [], rejects: [] }
    for (let n = 0; n < 256; n++) {
      decoder.push(chunk)
      expect(decoder.take(10, rows)).toBe(0)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    decoder.push(bytes('\n1\n'))
    expect(decoder.take(10, rows)).toBe(2)
    expect(rows.values).toEqual([1])
  })

  it('makes records by a schema, and names paths and rules of what it refuses, never a value', () => {
    const schema = z.object({
      patientId: z.string(),
      spo2: z.number().max(100),
      tags: z.record(z.string(), z.number()),
    })
    const { values, rejects } = decode(
      '{"patientId":"p1","spo2":97,"tags":{},"extra":1}\n{"patientId":"Doe","spo2":977,"tags":{"John Doe":"x"}}\n7',
      json(schema),
    )
    expect(values).toEqual([{ patientId: 'p1', spo2: 97, tags: {} }])
    expect(rejects.map(({ reject }) => reject.reason)).toEqual([
      'spo2: too_big; tags.*: invalid_type, expected number',
      '(row): invalid_type, expected object',
    ])
  })

  it('leaves out messages of a schema that quote what they got', () => {
    const issues = [{ message: 'got Doe', path: [{ key: 'name' }, 3] }]
    const schema: StandardSchemaV1<unknown, never> = {
      '~standard': { version: 1, vendor: 'loud', validate: () => ({ issues }) },
    }
    expect(decode('1', json(schema)).rejects[0]?.reject.reason).toBe('name[3]: refused by the schema')
  })

  it('refuses a schema that answers later', () => {
    const schema = z.string().refine(async () => true)
    expect(() => decode('"a"', json(schema))).toThrow(
      expect.objectContaining({ code: 'FORMAT_SCHEMA_ASYNC', message: expect.stringContaining('zod') }),
    )
  })

  it('refuses a limit that is none', () => {
    for (const maxRowBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => json(undefined, { maxRowBytes })).toThrow(
        expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }),
      )
    }
  })

  it('gives each value with its text', () => {
    const { rows } = decodeAll(withRaw(json()), [bytes('{ "a" : 1 }\r\nx\n2')])
    expect(rows.values).toEqual([
      { value: { a: 1 }, raw: '{ "a" : 1 }' },
      { value: 2, raw: '2' },
    ])
    expect(rows.rejects).toMatchObject([{ before: 1 }])
  })

  it('encodes, and refuses what has no text without showing it', () => {
    expect(json().encode({ a: 'x\ny', b: Number.NaN })).toBe('{"a":"x\\ny","b":null}')
    for (const value of [undefined, { ssn: 12345n }, () => 1]) {
      expect(() => json().encode(value)).toThrow(expect.objectContaining({ code: 'FORMAT_ENCODE_FAILED' }))
      expect(() => json().encode(value)).not.toThrow(/12345|ssn/)
    }
  })

  // Catches: dependence on cuts, lost or doubled rows, wrong places. Not: what JSON.parse itself takes for JSON.
  it('goes on before a row that is too long, where it stopped in the middle of it', () => {
    const whole = Buffer.from(`{"n":1}\n${'1'.repeat(60)}\n2`)
    const format = json(undefined, { maxRowBytes: 20 })
    const { rows, positions } = decodeAll(format, cutAt(whole, [40, 50]), 1)
    expect(rows.values).toEqual([{ n: 1 }, 2])
    for (const from of positions) {
      const rest = decodeAll(format, cutAt(whole.subarray(from.offset), []), 1, from).rows
      expect(rest.lines).toEqual(rows.lines.filter((line) => line > from.line))
    }
  })

  it('makes the same of any bytes, however they are cut, as a reader that splits the whole at its line ends', () => {
    const piece = fc.oneof(
      fc.json({ maxDepth: 1 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)),
      fc.constantFrom('\n', '\r\n', '\uFEFF', '', 'é').map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        fc.constantFrom(1, 2, 1_000),
        (pieces, places, max) => {
          const whole = Buffer.concat(pieces.flatMap((part) => [part, Buffer.from('\n')]).slice(0, -1))
          const format = json(undefined, { maxRowBytes: 20 })
          const { rows, positions } = decodeAll(format, cutAt(whole, places), max)
          expect({
            values: rows.values,
            lines: rows.lines,
            rejected: rows.rejects.map(({ reject }) => reject.position),
          }).toEqual(modelOf(whole, 20))
          for (const from of positions) {
            const rest = decodeAll(format, cutAt(whole.subarray(from.offset), places), max, from).rows
            expect(rest.lines).toEqual(rows.lines.filter((line) => line > from.line))
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

/** A slow reader: the whole text in memory, split at its line ends. */
function modelOf(whole: Buffer, limit: number): { values: unknown[]; lines: number[]; rejected: string[] } {
  const found: { values: unknown[]; lines: number[]; rejected: string[] } = { values: [], lines: [], rejected: [] }
  let offset = whole.subarray(0, 3).equals(Buffer.from('\uFEFF')) ? 3 : 0
  for (let line = 1; offset < whole.length; line++) {
    const next = whole.indexOf(10, offset)
    const end = next < 0 ? whole.length : next
    const row = whole.subarray(offset, end)
    const stripped = row.at(-1) === 13 ? row.subarray(0, -1) : row
    if (stripped.length > 0) {
      try {
        if (row.length > limit) throw new Error('too long')
        found.values.push(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stripped)))
        found.lines.push(line)
      } catch {
        found.rejected.push(`line ${line}, byte ${offset}`)
      }
    }
    offset = end + 1
  }
  return found
}
