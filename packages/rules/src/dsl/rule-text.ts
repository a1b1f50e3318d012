import type { RulesErrorCode } from '../errors.ts'
import type { TokenLog } from './token-log.ts'

/** A fault at a place of the text, thrown inside the parser and gathered by it; never leaves `parseRules`. */
export class TextFault extends Error {
  readonly offset: number
  readonly code: RulesErrorCode

  constructor(offset: number, message: string, code: RulesErrorCode = 'RULES_TEXT_INVALID') {
    super(message)
    this.offset = offset
    this.code = code
  }
}

// A pattern repeats no group: over millions of characters that would use up the stack of the regular expression. Runs of
// several kinds are read kind by kind.
const SPACE = [/\s+/y, /#[^\n]*/y]
const BLANK = [/[ \t]+/y]

/** A cursor over rule text. What a run of letters means depends on where it stands (`m` in `5m`, `%` in `88 %`), so each kind is read on demand. */
export class RuleText {
  readonly source: string
  /** Where the next token begins. */
  offset = 0

  readonly #log: TokenLog | undefined

  constructor(source: string, log?: TokenLog) {
    this.source = source
    this.#log = log
    this.#pass(SPACE)
  }

  /** Says that a section, or a line of its body, begins here: for the one who lays the text out anew. */
  begin(what: 'section' | 'line'): void {
    this.#log?.begin(this.offset, what)
  }

  get isAtEnd(): boolean {
    return this.offset >= this.source.length
  }

  /** Goes over so many characters, and to the next token. */
  skip(length: number): void {
    this.#went(this.offset, this.offset + length)
    this.#pass(SPACE)
  }

  /** Reads what the pattern (sticky) matches here, and goes to the next token. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found !== undefined) this.skip(found.length)
    return found
  }

  /** As `take`, but what follows must stand on the same line: a number, before its unit. */
  takeBeforeUnit(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found === undefined) return undefined
    this.#went(this.offset, this.offset + found.length)
    this.#pass(BLANK)
    return found
  }

  /** Reads as much as any of the patterns match, one after the other, and goes to the next token. */
  takeRun(patterns: readonly RegExp[]): string | undefined {
    const from = this.offset
    this.#pass(patterns)
    if (this.offset === from) return undefined
    const found = this.source.slice(from, this.offset)
    this.#went(from, this.offset)
    this.#pass(SPACE)
    return found
  }

  /** Reads a quote, as much as any of the patterns match, and a quote; `undefined`, and stays, where the last is missing. */
  takeQuoted(inside: readonly RegExp[]): string | undefined {
    const from = this.offset
    this.offset++
    this.#pass(inside)
    const isClosed = this.source.charAt(this.offset) === '"'
    const end = this.offset + 1
    this.offset = isClosed ? end : from
    if (!isClosed) return undefined
    this.#went(from, end)
    this.#pass(SPACE)
    return this.source.slice(from, end)
  }

  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset
    return pattern.exec(this.source)?.[0]
  }

  /** What stands here, short enough for a message. */
  describe(): string {
    if (this.peek(/\r?\n/y) !== undefined) return 'the end of the line'
    const found = this.peek(/[\w.-]+|\S/y)
    if (found === undefined) return 'the end of the text'
    return JSON.stringify(found.length > 40 ? `${found.slice(0, 37)}...` : found)
  }

  #went(from: number, to: number): void {
    this.#log?.took(from, to)
    this.offset = to
  }

  #pass(patterns: readonly RegExp[]): void {
    let from: number
    do {
      from = this.offset
      for (const pattern of patterns) this.offset += this.peek(pattern)?.length ?? 0
    } while (this.offset > from)
  }
}

/** Line and column (both from 1; columns count UTF-16 units, as editors do), and the line with a caret below the place. */
export interface TextPosition {
  readonly line: number
  readonly column: number
  readonly excerpt: string
}

const WIDEST = 100

/** Finds positions in one text; it is looked through once. */
export class Positions {
  readonly #source: string
  readonly #starts: number[] = [0]

  constructor(source: string) {
    this.#source = source
    for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  at(offset: number): TextPosition {
    const line = this.#lineOf(offset)
    const start = this.#starts[line] as number
    const end = (this.#starts[line + 1] ?? this.#source.length + 1) - 1
    const from = offset - start > WIDEST / 2 ? offset - WIDEST / 2 : start
    const shown = this.#source.slice(from, Math.min(end, from + WIDEST)).replace(/\r$/, '')
    const before = this.#source.slice(from, offset).replace(/[^\t]/g, ' ')
    const number = String(line + 1)
    const excerpt = `${number} | ${shown}\n${' '.repeat(number.length)} | ${before}^`
    return { line: line + 1, column: offset - start + 1, excerpt }
  }

  /** The last line, from 0, that starts at or before the offset. */
  #lineOf(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return low
  }
}
