import type { Reject } from '@millrace/core/connector'

/** How the bytes of a split become values. Immutable: what runs is made by `createDecoder`, once an opened split. */
export interface Format<T> {
  /** Shown by `explain()`: `json`, `csv`. */
  readonly name: string
  createDecoder(context: DecoderContext): Decoder<T>
}

/** How a value becomes one line of text. */
export interface LineFormat<T> {
  readonly name: string
  /**
   * One line, without its end.
   * @throws FORMAT_ENCODE_FAILED when the value has no such text.
   */
  encode(value: T): string
}

export interface DecoderContext {
  /** For rejects. */
  readonly split: string
  /** Where the first byte pushed stands; the beginning where absent. */
  readonly from?: DecoderPosition
  /** False where positions need no `check`: what is read is known to stay as it is. Default true. */
  readonly checks?: boolean
}

/** Where the next row begins. Plain data. */
export interface DecoderPosition {
  /** Bytes before it. */
  readonly offset: number
  /** Lines before it. */
  readonly line: number
  /** CRC-32 of the bytes from `start` to `offset`: tells whether what was read is still what stands there. */
  readonly check?: { readonly start: number; readonly crc: number }
  /** What the decoder learnt at the beginning of the split: the names in a CSV file's header. */
  readonly columns?: readonly string[]
}

/**
 * Turns bytes into rows.
 *
 * ```
 *   take ──► fewer rows than asked for ──► push(bytes) | end() ──► take ──► …
 * ```
 *
 * Rows and their positions depend on the bytes alone, never on how they were cut into pushes. At most the row under way
 * is kept, and a row longer than the format's limit is not: it becomes a reject with the beginning of its text.
 */
export interface Decoder<T> {
  /** Takes over the bytes: they must not be changed afterwards. Only after `take` gave fewer rows than asked for. */
  push(bytes: Buffer): void
  /** There are no more bytes: what is left is the last row. */
  end(): void
  /**
   * Appends at most `max` rows (values and rejects together) and returns how many.
   * @throws FORMAT_CSV_HEADER_INVALID, FORMAT_CSV_COLUMN_MISSING, FORMAT_SCHEMA_ASYNC
   */
  take(max: number, rows: DecodedRows<T>): number
  /** After the last row taken. */
  readonly position: DecoderPosition
}

export interface DecodedRows<T> {
  readonly values: T[]
  /** The number of the line on which each value begins; the first line is 1. */
  readonly lines: number[]
  /** Each with the index in `values` that it stood before. */
  readonly rejects: { readonly before: number; readonly reject: Reject }[]
  /** Where there: each value's text as received, without the end of its line. */
  readonly raws?: string[]
}

/** The same values, each with its text as received: what the raw layer keeps. */
export function withRaw<T>(format: Format<T>): Format<{ readonly value: T; readonly raw: string }> {
  return {
    name: format.name,
    createDecoder: (context) => {
      const decoder = format.createDecoder(context)
      return {
        push: (bytes) => decoder.push(bytes),
        end: () => decoder.end(),
        take: (max, rows) => {
          const raws: string[] = []
          const values: T[] = []
          const base = rows.values.length
          const rejects: { before: number; reject: Reject }[] = []
          const taken = decoder.take(max, { values, lines: rows.lines, rejects, raws })
          for (let i = 0; i < values.length; i++) rows.values.push({ value: values[i] as T, raw: raws[i] as string })
          for (const { before, reject } of rejects) rows.rejects.push({ before: base + before, reject })
          return taken
        },
        get position() {
          return decoder.position
        },
      }
    },
  }
}
