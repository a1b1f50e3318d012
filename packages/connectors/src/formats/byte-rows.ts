import { isAscii, isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import type { DecoderContext, DecoderPosition } from './format.ts'

const NEWLINE = 10
const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Bytes on their way to rows: keeps a block of whole lines and the beginning of the line that a push cut in two.
 *
 * ```
 *   pushed      ....................|..............|........
 *               [ block           ][ carry ]                     block ends with a line's end, carry has none
 *                     ^ at
 * ```
 *
 * `text` is the block with a character a byte (latin1), so that an index in it is an offset in the block: line ends,
 * quotes and delimiters are ASCII and look the same there. `textOf` gives the real text.
 */
export class ByteRows {
  text = ''
  /** Index in `text` of the next row. */
  at = 0
  /** A line longer than the limit went by, wholly; it stood before `at`. To be taken and cleared by the decoder. */
  oversized: { readonly line: number; readonly offset: number; readonly raw: string } | undefined
  /** Lines before `at`. */
  line: number
  readonly #maxRowBytes: number
  readonly #checks: boolean
  #block: Buffer = NOTHING
  #blockOffset: number
  #encoding: 'ascii' | 'utf8' | 'broken' = 'ascii'
  #carry: Buffer[] = []
  #carryBytes = 0
  /** The carry holds line ends: a row of several lines is under way. */
  #carryHasLines = false
  #discarding:
    | { readonly line: number; readonly offset: number; readonly raw: string; readonly position: DecoderPosition }
    | undefined
  #checkStart: number
  #checkCrc: number
  #checkAt = 0

  constructor(maxRowBytes: number, { from, checks = true }: Pick<DecoderContext, 'from' | 'checks'>) {
    this.#maxRowBytes = maxRowBytes
    this.#checks = checks
    this.line = from?.line ?? 0
    this.#blockOffset = from?.offset ?? 0
    this.#checkStart = from?.check?.start ?? this.#blockOffset
    this.#checkCrc = from?.check?.crc ?? 0
  }

  /** The offset of an index in `text`. */
  offsetOf(index: number): number {
    return this.#blockOffset + index
  }

  get position(): DecoderPosition {
    // Whoever went on in the middle of a row that is too long would take what is left of it for a row.
    if (this.#discarding !== undefined) return this.#discarding.position
    const place = { offset: this.#blockOffset + this.at, line: this.line }
    if (!this.#checks) return place
    this.#checkCrc = crc32(this.#block.subarray(this.#checkAt, this.at), this.#checkCrc)
    this.#checkAt = this.at
    return { ...place, check: { start: this.#checkStart, crc: this.#checkCrc } }
  }

  push(bytes: Buffer): void {
    let rest = bytes
    if (this.#discarding) {
      const end = rest.indexOf(NEWLINE)
      if (end < 0) {
        this.#drop(rest.length)
        return
      }
      this.#drop(end + 1)
      this.#finishDiscarding()
      rest = rest.subarray(end + 1)
    }
    const end = rest.lastIndexOf(NEWLINE)
    if (end < 0) {
      this.#carry.push(rest)
      this.#carryBytes += rest.length
      if (this.#carryBytes <= this.#maxRowBytes || this.#isWithinLimitButForMark()) return
      if (this.#carryHasLines) this.#startBlock(this.#takeCarry())
      else this.#startDiscarding()
      return
    }
    this.#carry.push(rest.subarray(0, end + 1))
    const block = this.#takeCarry()
    this.#carry.push(rest.subarray(end + 1))
    this.#carryBytes = rest.length - end - 1
    this.#startBlock(block)
  }

  end(): void {
    if (this.#discarding) this.#finishDiscarding()
    else if (this.#carryBytes > 0) this.#startBlock(this.#takeCarry())
  }

  /** Puts what follows `at` back: its row is not whole yet. */
  unread(): void {
    const rest = this.#block.subarray(this.at)
    this.#carry.unshift(rest)
    this.#carryBytes += rest.length
    this.#carryHasLines = rest.includes(NEWLINE)
    this.#startBlock(NOTHING)
  }

  /** The text between two indices; `undefined` where it is no UTF-8. */
  textOf(start: number, end: number): string | undefined {
    if (this.#encoding === 'ascii') return this.text.slice(start, end)
    if (this.#encoding === 'broken' && !isUtf8(this.#block.subarray(start, end))) return undefined
    return this.#block.toString('utf8', start, end)
  }

  /** The same for a reject: U+FFFD stands for what is no UTF-8, and a row above the limit is cut off. */
  rawOf(start: number, end: number): string {
    return rawText(
      this.#block.subarray(start, Math.min(end, start + this.#maxRowBytes)),
      end - start > this.#maxRowBytes,
    )
  }

  #startBlock(block: Buffer): void {
    // The check covers the block before and what is taken of this one: enough to notice another file in its place.
    if (this.at > 0 && this.#checks) {
      this.#checkStart = this.#blockOffset
      this.#checkCrc = crc32(this.#block.subarray(0, this.at))
    }
    this.#checkAt = 0
    this.#blockOffset += this.at
    this.#block = block
    this.at = this.#blockOffset === 0 ? markLength(block) : 0
    this.#encoding = isAscii(block) ? 'ascii' : isUtf8(block) ? 'utf8' : 'broken'
    this.text = block.toString('latin1')
  }

  #isWithinLimitButForMark(): boolean {
    if (this.#blockOffset + this.at > 0) return false
    const carry = this.#takeCarry()
    this.#carry.push(carry)
    this.#carryBytes = carry.length
    return carry.length - markLength(carry) <= this.#maxRowBytes
  }

  #takeCarry(): Buffer {
    const all = this.#carry.length === 1 ? (this.#carry[0] as Buffer) : Buffer.concat(this.#carry)
    this.#carry = []
    this.#carryBytes = 0
    this.#carryHasLines = false
    return all
  }

  #startDiscarding(): void {
    this.#startBlock(NOTHING)
    const { position } = this
    const carry = this.#takeCarry()
    const start = this.#blockOffset === 0 ? markLength(carry) : 0
    const raw = rawText(carry.subarray(start, start + this.#maxRowBytes), true)
    this.#discarding = { line: this.line + 1, offset: this.#blockOffset, raw, position }
    this.#drop(carry.length)
  }

  #finishDiscarding(): void {
    this.line++
    this.oversized = this.#discarding
    this.#discarding = undefined
  }

  #drop(bytes: number): void {
    this.#blockOffset += bytes
    this.#checkStart = this.#blockOffset
    this.#checkCrc = 0
  }
}

/** 3 where the bytes begin with a byte order mark. */
function markLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

function rawText(bytes: Buffer, cut: boolean): string {
  // `stream` leaves out a character that the cut went through.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: cut })
}
