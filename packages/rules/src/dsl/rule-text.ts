/** A fault at a place of the text, thrown inside the parser and gathered by it; never leaves `parseRules`. */
export class TextFault extends Error {
  readonly offset: number
  readonly code: 'RULES_TEXT_INVALID' | 'RULES_TEXT_UNSUPPORTED' | 'RULES_SIGNAL_UNKNOWN' | 'RULES_CONDITION_TOO_DEEP'

  constructor(offset: number, message: string, code: TextFault['code'] = 'RULES_TEXT_INVALID') {
    super(message)
    this.offset = offset
    this.code = code
  }
}

const SPACE = /(?:\s|#[^\n]*)*/y
const BLANK = /[ \t]*/y

/** A cursor over rule text. What a run of letters means depends on where it stands (`m` in `5m`, `%` in `88 %`), so each kind is read on demand. */
export class RuleText {
  readonly source: string
  /** Where the next token begins. */
  offset = 0

  constructor(source: string) {
    this.source = source
    this.#pass(SPACE)
  }

  get isAtEnd(): boolean {
    return this.offset >= this.source.length
  }

  /** Reads what the pattern (sticky) matches here, and goes to the next token. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found === undefined) return undefined
    this.offset += found.length
    this.#pass(SPACE)
    return found
  }

  /** As `take`, but what follows must stand on the same line: a number, before its unit. */
  takeBeforeUnit(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found === undefined) return undefined
    this.offset += found.length
    this.#pass(BLANK)
    return found
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

  #pass(pattern: RegExp): void {
    pattern.lastIndex = this.offset
    this.offset += pattern.exec(this.source)?.[0].length ?? 0
  }
}

/** Line and column (both from 1; columns count UTF-16 units, as editors do), and the line with a caret below the place. */
export interface TextPosition {
  readonly line: number
  readonly column: number
  readonly excerpt: string
}

const WIDEST = 100

export function positionAt(source: string, offset: number): TextPosition {
  const start = source.lastIndexOf('\n', offset - 1) + 1
  let line = 1
  for (let at = source.indexOf('\n'); at !== -1 && at < start; at = source.indexOf('\n', at + 1)) line++
  const newline = source.indexOf('\n', start)
  const end = newline === -1 ? source.length : newline
  const from = offset - start > WIDEST / 2 ? offset - WIDEST / 2 : start
  const shown = source.slice(from, Math.min(end, from + WIDEST)).replace(/\r$/, '')
  const before = source.slice(from, offset).replace(/[^\t]/g, ' ')
  const number = String(line)
  const excerpt = `${number} | ${shown}\n${' '.repeat(number.length)} | ${before}^`
  return { line, column: offset - start + 1, excerpt }
}
