import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cutAt, decodeAll } from '../../test/decode-all.ts'
import { csv } from './csv.ts'
import type { Format } from './format.ts'

const decode = (text: string | Buffer, format: Format<unknown> = csv()) => decodeAll(format, [Buffer.from(text)]).rows
const withCode = (code: string): unknown => expect.objectContaining({ code })

describe('csv', () => {
  it('names values by a header whose names are trimmed, as the recordings have them', () => {
    const rows = decode('\uFEFFTime [s], HR, PULSE, RESP, SpO2\r\n-0,94,93,25,97\r\n1,,NaN,25,97')
    expect(rows.values).toEqual([
      { 'Time [s]': '-0', HR: '94', PULSE: '93', RESP: '25', SpO2: '97' },
      { 'Time [s]': '1', HR: '', PULSE: 'NaN', RESP: '25', SpO2: '97' },
    ])
    expect(rows.lines).toEqual([2, 3])
    expect(rows.raws).toEqual(['-0,94,93,25,97', '1,,NaN,25,97'])
  })

  it('reads quoted fields with delimiters, quotes and line ends', () => {
    const rows = decode('a,b\n"x, ""y""\nz",1\n  "q"  , 2 \n\n3,4\n')
    expect(rows.values).toEqual([
      { a: 'x, "y"\nz', b: '1' },
      { a: 'q', b: '2' },
      { a: '3', b: '4' },
    ])
    expect(rows.lines).toEqual([2, 4, 6])
    expect(rows.raws[0]).toBe('"x, ""y""\nz",1')
  })

  it('rejects short, long and malformed rows, each alone', () => {
    const { values, rejects } = decode('a,b\n1,2\n3\n4,5,6\n"Doe"x,7\n8,9"\n10,11\n')
    expect(values).toEqual([
      { a: '1', b: '2' },
      { a: '10', b: '11' },
    ])
    expect(rejects.map(({ reject }) => [reject.position, reject.code, reject.reason, reject.raw])).toEqual([
      ['line 3, byte 8', 'csv-row-short', '1 fields where there are 2 columns', '3'],
      ['line 4, byte 10', 'csv-row-long', '3 fields where there are 2 columns', '4,5,6'],
      ['line 5, byte 16', 'csv-invalid', 'invalid closing quote', '"Doe"x,7'],
      ['line 6, byte 25', 'csv-invalid', 'invalid opening quote', '8,9"'],
    ])
  })

  it('loses one line to a quote that is never closed', () => {
    const { values, rejects } = decode('a,b\n"open,1\n2,3\n4,5\n')
    expect(values).toEqual([
      { a: '2', b: '3' },
      { a: '4', b: '5' },
    ])
    expect(rejects).toMatchObject([{ before: 0, reject: { code: 'csv-quote-unclosed', raw: '"open,1' } }])
  })

  it('rejects rows above the limit and rows that are no UTF-8', () => {
    const text = Buffer.concat([Buffer.from('a\nok\n'), Buffer.from([0xff]), Buffer.from(`\n${'x'.repeat(30)}\nü\n`)])
    const { values, rejects } = decode(text, csv({ maxRowBytes: 10 }))
    expect(values).toEqual([{ a: 'ok' }, { a: 'ü' }])
    expect(rejects.map(({ reject }) => [reject.code, reject.raw])).toEqual([
      ['utf8-invalid', '\uFFFD'],
      ['row-too-long', 'xxxxxxxxxx'],
    ])
  })

  it('takes names from the caller, with and without a header line to skip', () => {
    const columns = ['id', 'value']
    expect(decode('1;2\n', csv({ columns, delimiter: ';' })).values).toEqual([{ id: '1', value: '2' }])
    expect(decode('x,y\n1,2\n', csv({ columns, header: true })).values).toEqual([{ id: '1', value: '2' }])
    expect(() => decode('x\n1,2\n', csv({ columns, header: true }))).toThrow(withCode('FORMAT_CSV_HEADER_INVALID'))
  })

  it('makes records by a schema', () => {
    const schema = z.object({ hr: z.string().transform((text) => (text === '' ? undefined : Number(text))) })
    expect(decode('hr\n60\n', csv({ schema })).values).toEqual([{ hr: 60 }])
    const strict = csv({ schema: z.object({ hr: z.coerce.number() }) })
    expect(decode('hr\nDoe\n', strict).rejects).toMatchObject([
      { reject: { code: 'schema-invalid', reason: 'hr: invalid_type, expected number', raw: 'Doe' } },
    ])
  })

  it('says what is wrong with a header, by position and never by what stands there', () => {
    for (const [text, says] of [
      ['94,93,94\n', 'columns 1 and 3 have the same name'],
      ['a,,b\n', 'column 2 has no name'],
      ['a,__proto__\n', 'column 2'],
      ['"a,b\n1,2\n', 'quote'],
    ] as const) {
      expect(() => decode(text)).toThrow(withCode('FORMAT_CSV_HEADER_INVALID'))
      expect(() => decode(text)).toThrow(says)
    }
    expect(() => decode('94,93\n', csv({ requires: ['HR', 'RESP'] }))).toThrow("test has no column 'HR', 'RESP'")
    expect(() => decode('94,93\n', csv({ requires: ['HR'] }))).toThrow(withCode('FORMAT_CSV_COLUMN_MISSING'))
    expect(decode('').values).toEqual([])
  })

  it('refuses options that make no sense', () => {
    for (const options of [
      { delimiter: ';;' },
      { delimiter: 'ü' },
      { quote: '' },
      { delimiter: '"' },
      { header: false },
      { columns: ['a', 'a'] },
      { columns: [] },
      { maxRowBytes: 0 },
    ]) {
      expect(() => csv(options)).toThrow(withCode('CONNECTOR_OPTION_INVALID'))
    }
  })

  it('reads well-formed files as the parser alone does', () => {
    const field = fc
      .array(fc.constantFrom('a', 'é', ' ', ',', '"', '\n', '\r\n', '7'), { maxLength: 5 })
      .map((p) => p.join(''))
    const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 12 })
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (fields, end, places) => {
          const text = ['x,y', ...fields.map((row) => row.map(quoted).join(','))].join(end)
          const { rows: found } = decodeAll(csv(), cutAt(Buffer.from(text), places), 3)
          const wanted = parse(text, { columns: true, trim: true, record_delimiter: ['\r\n', '\n'] })
          expect(found.rejects).toEqual([])
          expect(found.values).toEqual(wanted)
        },
      ),
      { numRuns: 500 },
    )
  })

  // Catches: dependence on cuts and on the number of rows taken. Not: whether a malformed row deserved its reject.
  it('makes the same of any text, however it is cut and taken, and goes on from any position', () => {
    const part = fc.constantFrom('a', '"', '""', ',', '\n', '\r\n', '\r', ' ', 'é', '\t', 'xxxxxx')
    const input = fc.oneof(
      fc.array(part, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
      fc
        .array(fc.oneof(fc.constant(10), fc.constant(34), fc.integer({ min: 0, max: 255 })), { maxLength: 60 })
        .map((b) => Buffer.from(b)),
    )
    const places = fc.array(fc.nat(200), { maxLength: 8 })
    fc.assert(
      fc.property(input, places, fc.constantFrom(1, 2, 1_000), (body, cuts, max) => {
        const whole = Buffer.concat([Buffer.from('p, q\n'), body])
        const format = csv({ maxRowBytes: 12 })
        const reference = decodeAll(format, [whole]).rows
        const { rows, positions } = decodeAll(format, cutAt(whole, cuts), max)
        expect(rows).toEqual(reference)
        for (const from of positions) {
          const rest = decodeAll(format, cutAt(whole.subarray(from.offset), cuts), max, structuredClone(from)).rows
          const done = reference.lines.filter((line) => line <= from.line).length
          expect(rest.values).toEqual(reference.values.slice(done))
          expect(rest.lines).toEqual(reference.lines.slice(done))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
