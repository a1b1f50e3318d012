import { ByteRows } from './byte-rows.ts'
import type { DecodedRows, Decoder, DecoderContext, DecoderPosition, Format, LineFormat } from './format.ts'
import { encodeJson, parseJson } from './json-value.ts'
import { type MessageFormat, Undecodable } from './message-format.ts'
import { messageText } from './message-text.ts'
import { rowLimit } from './row-limit.ts'
import { RowRejects } from './row-rejects.ts'
import type { Schema } from './schema.ts'

export interface JsonOptions {
  /** A line or message with more bytes becomes a reject; such a line is not kept in memory. Default 1,048,576. */
  readonly maxRowBytes?: number
}

/**
 * One JSON value a line (NDJSON) or a message, in UTF-8. Line ends are LF or CRLF; empty lines are no rows; the last
 * line needs no end. A byte order mark at the beginning of the first line, or of a message, is skipped.
 *
 * Rejects: `json-invalid`, `schema-invalid`, `utf8-invalid`, and `row-too-long` for a line or `message-too-long` for a
 * message. Without a schema a row is whatever JSON it holds, and `T` is the caller's word for it.
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
export function json<T = unknown>(
  schema?: Schema<T>,
  options: JsonOptions = {},
): Format<T> & LineFormat<T> & MessageFormat<T> {
  const maxRowBytes = rowLimit(options.maxRowBytes)
  return {
    name: 'json',
    createDecoder: (context) => new JsonDecoder(context, schema, maxRowBytes),
    encode: encodeJson,
    openCodec: () => ({
      decode: (bytes) => {
        const text = messageText(bytes, maxRowBytes)
        return text instanceof Undecodable ? text : parseJson(text, schema)
      },
      encode: (value) => Buffer.from(encodeJson(value)),
    }),
  }
}

const CARRIAGE_RETURN = 13

class JsonDecoder<T> implements Decoder<T> {
  readonly #rows: ByteRows
  readonly #rejects: RowRejects
  readonly #schema: Schema<T> | undefined
  readonly #maxRowBytes: number

  constructor(context: DecoderContext, schema: Schema<T> | undefined, maxRowBytes: number) {
    this.#rows = new ByteRows(maxRowBytes, context)
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
    const value = parseJson(text, this.#schema)
    if (value instanceof Undecodable) {
      this.#rejects.add(into, line, start, end, value.code, value.reason)
      return
    }
    into.values.push(value)
    into.lines.push(line)
    into.raws?.push(text)
  }
}
