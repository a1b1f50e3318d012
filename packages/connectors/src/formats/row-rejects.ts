import type { Reject } from '@millrace/core/connector'
import type { ByteRows } from './byte-rows.ts'
import type { DecodedRows } from './format.ts'

/** Where people look for a row: its line, and its first byte. */
function rowPosition(line: number, offset: number): string {
  return `line ${line}, byte ${offset}`
}

/** Makes the rejects of one split: position and reason, and the raw text in its one place. */
export class RowRejects {
  readonly #split: string
  readonly #rows: ByteRows
  readonly #maxRowBytes: number

  constructor(split: string, rows: ByteRows, maxRowBytes: number) {
    this.#split = split
    this.#rows = rows
    this.#maxRowBytes = maxRowBytes
  }

  /** The row between two indices of `rows.text`, before `rows.line` has moved past it. */
  add(into: DecodedRows<unknown>, line: number, start: number, end: number, code: string, reason: string): void {
    const raw = this.#rows.rawOf(start, end)
    this.#push(into, { line, offset: this.#rows.offsetOf(start), raw }, code, reason)
  }

  addBroken(into: DecodedRows<unknown>, line: number, start: number, end: number): void {
    this.add(into, line, start, end, 'utf8-invalid', 'not UTF-8; raw shows U+FFFD for each byte that is none')
  }

  addTooLong(into: DecodedRows<unknown>, line: number, start: number, end: number): void {
    this.add(into, line, start, end, 'row-too-long', this.#tooLong())
  }

  /** Takes the line that was too long to keep, where there is one; returns how many rejects that made. */
  takeOversized(into: DecodedRows<unknown>): number {
    const oversized = this.#rows.oversized
    if (oversized === undefined) return 0
    this.#rows.oversized = undefined
    this.#push(into, oversized, 'row-too-long', this.#tooLong())
    return 1
  }

  #tooLong(): string {
    return `longer than ${this.#maxRowBytes} bytes; raw holds the first ${this.#maxRowBytes} at most`
  }

  #push(
    into: DecodedRows<unknown>,
    at: { readonly line: number; readonly offset: number; readonly raw: string },
    code: string,
    reason: string,
  ): void {
    const reject: Reject = { split: this.#split, position: rowPosition(at.line, at.offset), code, reason, raw: at.raw }
    into.rejects.push({ before: into.values.length, reject })
  }
}
