import { type Options as ParserOptions, parse } from 'csv-parse/sync'
import { MillraceConnectorError, systemCode } from '../errors.ts'
import { ByteRows } from './byte-rows.ts'
import { type CsvOptions, checkColumns, type ParsedCsvOptions, parseCsvOptions } from './csv-options.ts'
import { countLineEnds, csvRowEnd, isBlankRow, UNCLOSED } from './csv-rows.ts'
import type { DecodedRows, Decoder, DecoderContext, DecoderPosition, Format } from './format.ts'
import { RowRejects } from './row-rejects.ts'
import { validate } from './schema.ts'

/**
 * Comma-separated values (RFC 4180), in UTF-8: quoted fields may hold delimiters and line ends, line ends are LF or
 * CRLF, a byte order mark is skipped, rows of nothing but white space are no rows. Names and values are trimmed.
 *
 * A row is an object of texts by column name; a blank field is the empty text. With a schema it is what the schema
 * makes of that object. (`Number('')` is 0: let the schema make a blank what it means.)
 *
 * Rejects: `csv-row-short`, `csv-row-long`, `csv-quote-unclosed`, `csv-invalid`, `schema-invalid`, `utf8-invalid`,
 * `row-too-long`. A quote that is never closed costs its own line, not those after it.
 *
 * @throws CONNECTOR_OPTION_INVALID when an option is out of range, or a name is given twice.
 */
export function csv<T = Readonly<Record<string, string>>>(options: CsvOptions<T> = {}): Format<T> {
  const parsed = parseCsvOptions(options)
  return { name: 'csv', createDecoder: (context) => new CsvDecoder(context, parsed) }
}

/** The row's end is not among the bytes that are there. */
const INCOMPLETE = -2
const TOO_LONG = -3

/** Rows that stand one after the other, to be parsed in one call. */
interface Run {
  readonly starts: number[]
  readonly ends: number[]
  readonly lines: number[]
}

class CsvDecoder<T> implements Decoder<T> {
  readonly #rows: ByteRows
  readonly #rejects: RowRejects
  readonly #options: ParsedCsvOptions<T>
  readonly #parseOptions: ParserOptions
  readonly #split: string
  #columns: readonly string[] | undefined
  #ended = false
  #quoteText = ''
  #quoteAt = 0

  constructor(context: DecoderContext, options: ParsedCsvOptions<T>) {
    this.#rows = new ByteRows(options.maxRowBytes, context)
    this.#rejects = new RowRejects(context.split, this.#rows, options.maxRowBytes)
    this.#options = options
    this.#parseOptions = {
      ...options.syntax,
      escape: options.syntax.quote,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    }
    this.#split = context.split
    this.#columns = options.header ? context.from?.columns : options.columns
  }

  push(bytes: Buffer): void {
    this.#rows.push(bytes)
  }

  end(): void {
    this.#ended = true
    this.#rows.end()
  }

  get position(): DecoderPosition {
    return this.#options.header && this.#columns !== undefined
      ? { ...this.#rows.position, columns: this.#columns }
      : this.#rows.position
  }

  take(max: number, into: DecodedRows<T>): number {
    if (max <= 0) return 0
    const rows = this.#rows
    if (this.#columns === undefined && rows.oversized !== undefined) throw this.#headerInvalid('is too long')
    let taken = this.#rejects.takeOversized(into)
    const { text } = rows
    const run: Run = { starts: [], ends: [], lines: [] }
    while (taken < max && rows.at < text.length) {
      const start = rows.at
      const line = rows.line + 1
      const end = this.#rowEnd(text, start)
      if (end === INCOMPLETE) {
        this.#decodeRun(run, into)
        rows.unread()
        return taken
      }
      if (end === TOO_LONG || end === UNCLOSED) {
        if (this.#columns === undefined) throw this.#headerInvalid('is too long or has a quote that is not closed')
        this.#decodeRun(run, into)
        this.#rejectLine(end, start, into)
        taken++
        continue
      }
      if (isBlankRow(text, start, end)) {
        // No row.
      } else if (this.#columns === undefined) {
        this.#readHeader(start, end)
      } else {
        run.starts.push(start)
        run.ends.push(end)
        run.lines.push(line)
        taken++
      }
      rows.line += 1 + countLineEnds(text, start, end)
      rows.at = Math.min(text.length, end + 1)
    }
    this.#decodeRun(run, into)
    return taken
  }

  /** The index of the line end (or the last text's end) that ends the row, or what is the matter with it. */
  #rowEnd(text: string, start: number): number {
    const { maxRowBytes, syntax } = this.#options
    const lineEnd = text.indexOf('\n', start)
    if (lineEnd < 0 && !this.#ended) return INCOMPLETE
    const firstEnd = lineEnd < 0 ? text.length : lineEnd
    if (firstEnd - start > maxRowBytes) return TOO_LONG
    if (this.#nextQuote(text, start) >= firstEnd) return firstEnd
    // One character more than a row may have, since that may be its line end.
    const limit = Math.min(text.length, start + maxRowBytes + 1)
    const end = csvRowEnd(text, start, limit, syntax)
    if (end >= 0 && end < limit) return end
    const isWithinLimit = limit - start <= maxRowBytes
    if (isWithinLimit && !this.#ended) return INCOMPLETE
    return isWithinLimit && end === limit ? end : UNCLOSED
  }

  /** The index of the first quote at or after `start`, the text's length where there is none. Looked for once. */
  #nextQuote(text: string, start: number): number {
    if (this.#quoteText !== text || this.#quoteAt < start) {
      const at = text.indexOf(this.#options.syntax.quote, start)
      this.#quoteText = text
      this.#quoteAt = at < 0 ? text.length : at
    }
    return this.#quoteAt
  }

  /** Rejects one line, and goes on after it. */
  #rejectLine(problem: number, start: number, into: DecodedRows<T>): void {
    const { text } = this.#rows
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd < 0 ? text.length : lineEnd
    if (problem === TOO_LONG) this.#rejects.addTooLong(into, this.#rows.line + 1, start, end)
    else this.#reject(into, this.#rows.line + 1, start, end, 'csv-quote-unclosed', 'a quoted field is not closed')
    this.#rows.line++
    this.#rows.at = Math.min(text.length, end + 1)
  }

  #readHeader(start: number, end: number): void {
    const text = this.#rows.textOf(start, end)
    if (text === undefined) throw this.#headerInvalid('is not UTF-8')
    const names = this.#parseRow(text)
    if (typeof names === 'string') throw this.#headerInvalid('is not CSV')
    this.#columns = checkColumns(this.#options, names, this.#split)
  }

  /** Parses the run in one call; where that does not give a row for each, one by one, so that the bad ones stand alone. */
  #decodeRun(run: Run, into: DecodedRows<T>): void {
    const count = run.starts.length
    if (count === 0) return
    const text = this.#rows.textOf(run.starts[0] as number, run.ends[count - 1] as number)
    const parsed = text === undefined ? undefined : this.#parseAll(text)
    for (let i = 0; i < count; i++) {
      const start = run.starts[i] as number
      const end = run.ends[i] as number
      const line = run.lines[i] as number
      if (parsed !== undefined && parsed.length === count) this.#finish(parsed[i] as string[], line, start, end, into)
      else this.#decodeRow(line, start, end, into)
    }
    run.starts.length = 0
    run.ends.length = 0
    run.lines.length = 0
  }

  #decodeRow(line: number, start: number, end: number, into: DecodedRows<T>): void {
    const text = this.#rows.textOf(start, end)
    if (text === undefined) {
      this.#rejects.addBroken(into, line, start, this.#stop(start, end))
      return
    }
    const fields = this.#parseRow(text)
    if (typeof fields === 'string') {
      this.#reject(into, line, start, end, 'csv-invalid', fields)
      return
    }
    this.#finish(fields, line, start, end, into)
  }

  #finish(fields: readonly string[], line: number, start: number, end: number, into: DecodedRows<T>): void {
    const columns = this.#columns as readonly string[]
    if (fields.length !== columns.length) {
      const code = fields.length < columns.length ? 'csv-row-short' : 'csv-row-long'
      const reason = `${fields.length} fields where there are ${columns.length} columns`
      this.#reject(into, line, start, end, code, reason)
      return
    }
    const row: Record<string, string> = {}
    for (let i = 0; i < columns.length; i++) row[columns[i] as string] = fields[i] as string
    let value: unknown = row
    if (this.#options.schema !== undefined) {
      const outcome = validate(this.#options.schema, row)
      if ('reason' in outcome) {
        this.#reject(into, line, start, end, 'schema-invalid', outcome.reason)
        return
      }
      value = outcome.value
    }
    into.values.push(value as T)
    into.lines.push(line)
    into.raws?.push(this.#rows.textOf(start, this.#stop(start, end)) as string)
  }

  #reject(into: DecodedRows<T>, line: number, start: number, end: number, code: string, reason: string): void {
    this.#rejects.add(into, line, start, this.#stop(start, end), code, reason)
  }

  /** The end of the row's text: before the CR of a CRLF. */
  #stop(start: number, end: number): number {
    return end > start && this.#rows.text[end - 1] === '\r' ? end - 1 : end
  }

  #parseAll(text: string): string[][] | undefined {
    try {
      return parse(text, this.#parseOptions)
    } catch {
      return undefined
    }
  }

  /** The fields, or the reason why there are none. The parser's message may quote the row; its code does not. */
  #parseRow(text: string): string[] | string {
    try {
      const rows = parse(text, this.#parseOptions)
      return rows.length === 1 ? (rows[0] as string[]) : 'not one row'
    } catch (error) {
      return systemCode(error).toLowerCase().replace(/^csv_/, '').replaceAll('_', ' ')
    }
  }

  #headerInvalid(what: string): MillraceConnectorError {
    return new MillraceConnectorError('FORMAT_CSV_HEADER_INVALID', `the header line of ${this.#split} ${what}`)
  }
}
