import { MillraceConnectorError } from '../errors.ts'
import { ByteRows } from './byte-rows.ts'
import type { DecodedRows, Decoder, DecoderContext, DecoderPosition, Format, LineFormat } from './format.ts'
import { rowLimit } from './row-limit.ts'
import { RowRejects } from './row-rejects.ts'
import { type Schema, validate } from './schema.ts'

export interface JsonOptions {
  /** A line with more bytes becomes a reject, and is not kept in memory. Default 1,048,576. */
  readonly maxRowBytes?: number
}

/**
 * One JSON value a line (NDJSON), in UTF-8. Line ends are LF or CRLF; empty lines are no rows; the last line needs no
 * end.
 *
 * Rejects: `json-invalid`, `schema-invalid`, `utf8-invalid`, `row-too-long`. Without a schema a row is whatever JSON it
 * holds, and `T` is the caller's word for it.
 *
 * Encoding is `JSON.stringify`: NaN and the infinities become null.
 *
 * @throws CONNECTOR_OPTION_INVALID when a limit is out of range.
 * @example
 * ```ts
 * import { json } from '@millrace/connectors/formats'
 * json().encode({ patientId: 'p1', spo2: 97 }) // => '{"patientId":"p1","spo2":97}'
 * ```
 */
export function json<T = unknown>(schema?: Schema<T>, options: JsonOptions = {}): Format<T> & LineFormat<T> {
  const maxRowBytes = rowLimit(options.maxRowBytes)
  return {
    name: 'json',
    createDecoder: (context) => new JsonDecoder(context, schema, maxRowBytes),
    encode: encodeJson,
  }
}

const CARRIAGE_RETURN = 13

class JsonDecoder<T> implements Decoder<T> {
  readonly #rows: ByteRows
  readonly #rejects: RowRejects
  readonly #schema: Schema<T> | undefined
  readonly #maxRowBytes: number

  constructor(context: DecoderContext, schema: Schema<T> | undefined, maxRowBytes: number) {
    this.#rows = new ByteRows(maxRowBytes, context.from)
    this.#rejects = new RowRejects(context.split, this.#rows, maxRowBytes)
    this.#schema = schema
    this.#maxRowBytes = maxRowBytes
  }

  push(bytes: Buffer): void {
    this.#rows.push(bytes)
  }

  end(): void {
    this.#rows.end()
  }

  get position(): DecoderPosition {
    return this.#rows.position
  }

  take(max: number, into: DecodedRows<T>): number {
    const rows = this.#rows
    const text = rows.text
    let taken = max > 0 ? this.#rejects.takeOversized(into) : 0
    while (taken < max && rows.at < text.length) {
      const start = rows.at
      const lineEnd = text.indexOf('\n', start)
      const end = lineEnd < 0 ? text.length : lineEnd
      const stop = end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end
      if (stop > start) {
        if (end - start > this.#maxRowBytes) this.#rejects.addTooLong(into, rows.line + 1, start, end)
        else this.#decode(start, stop, into)
        taken++
      }
      rows.at = lineEnd < 0 ? end : end + 1
      rows.line++
    }
    return taken
  }

  #decode(start: number, end: number, into: DecodedRows<T>): void {
    const line = this.#rows.line + 1
    const text = this.#rows.textOf(start, end)
    if (text === undefined) {
      this.#rejects.addBroken(into, line, start, end)
      return
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      this.#rejects.add(into, line, start, end, 'json-invalid', notJson(error))
      return
    }
    if (this.#schema !== undefined) {
      const outcome = validate(this.#schema, value)
      if ('reason' in outcome) {
        this.#rejects.add(into, line, start, end, 'schema-invalid', outcome.reason)
        return
      }
      value = outcome.value
    }
    into.values.push(value as T)
    into.lines.push(line)
    into.raws?.push(text)
  }
}

/** The parser's message quotes the text; only the position that it ends with may be shown. */
function notJson(error: unknown): string {
  const position =
    error instanceof Error ? / in JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(error.message) : null
  return position === null ? 'not JSON' : `not JSON, at character ${Number(position[1]) + 1}`
}

function encodeJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // The cause's message may show keys and values of the record.
    throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', 'a record holds a bigint, a cycle or a failing toJSON')
  }
  if (text !== undefined) return text
  throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', `a record is ${typeof value}, which JSON has no text for`)
}
