import { FUNCTION_TEXTS } from './parse-expression-text.ts'
import { Places } from './places.ts'
import { readSections } from './read-sections.ts'
import { type Token, TokenLog } from './token-log.ts'

/** One-line sections, which stand together without blank lines. */
const ONE_LINE = new Set(['valid', 'attribute', 'schedule', 'define'])
const BODY = '  '
const FURTHER = '    '

/**
 * Rules in words, laid out as `printRules` does, comments and all: each section, clause and limit on a line of its own, words
 * and their order as they were. What says nothing is left to `printRules`: the order of clauses, brackets, defaults.
 *
 * A comment stays at the end of its line, or on a line of its own before what it stood before; one that stands within a
 * clause breaks its line. Before a section, an indented comment belongs to the section above.
 *
 * @throws RULES_INVALID where the text cannot be read; whether what it says fits together is not looked at.
 * @example
 * ```ts
 * import { formatRules } from '@millrace/rules'
 *
 * const text = 'alarm low   # since May\nwhen spo2<88 %\n  for 15 s priority high'
 * formatRules(text) // => 'alarm low  # since May\n  when spo2 < 88 % for 15s\n  priority high\n'
 * ```
 */
export function formatRules(source: string): string {
  const log = new TokenLog()
  readSections(source, new Places(), log)
  const page = new Page()
  let section = ''
  for (const [i, token] of log.tokens.entries()) {
    const begins = log.beginsAt(token)
    const last = log.tokens[i - 1]
    const gap = gapOf(source, last?.to ?? 0, token.from)
    const word = source.slice(token.from, token.to)
    if (begins === 'section') {
      const isApart = last !== undefined && !(ONE_LINE.has(word) && word === section)
      beforeSection(page, gap, last !== undefined, isApart)
      section = word
    } else if (begins === 'line') {
      for (const comment of gap.comments) page.comment(comment, BODY)
      page.start(BODY)
    } else if (gap.comments.length > 0) {
      for (const comment of gap.comments) page.comment(comment, FURTHER)
      page.start(FURTHER)
    }
    page.word(wordText(word), last !== undefined && isTight(source, last, word))
  }
  const last = log.tokens.at(-1)
  const rest = gapOf(source, last?.to ?? 0, source.length)
  beforeSection(
    page,
    { ...rest, isBlankAtEnd: false },
    last !== undefined,
    last !== undefined && rest.comments.length > 0,
  )
  return page.toString()
}

interface Comment {
  readonly text: string
  /** Behind a word, on its line. */
  readonly isBehind: boolean
  readonly isIndented: boolean
  /** Whether a blank line stands before it. */
  readonly isAfterBlank: boolean
}

/** What stands between two tokens. */
interface Gap {
  readonly comments: readonly Comment[]
  readonly isBlankAtEnd: boolean
}

function gapOf(source: string, from: number, to: number): Gap {
  const gap = source.slice(from, to)
  const comments: Comment[] = []
  let at = 0
  for (let hash = gap.indexOf('#'); hash !== -1; hash = gap.indexOf('#', at)) {
    const before = gap.slice(at, hash)
    const isBehind = at === 0 && from > 0 && !before.includes('\n')
    const end = gap.indexOf('\n', hash)
    at = end === -1 ? gap.length : end
    comments.push({
      text: gap.slice(hash, at).trimEnd(),
      isBehind,
      isIndented: /[^\n]$/.test(before),
      isAfterBlank: isBlank(before),
    })
  }
  return { comments, isBlankAtEnd: isBlank(gap.slice(at)) }
}

/** Whether white space has a whole line of its own. */
function isBlank(space: string): boolean {
  return space.indexOf('\n') !== space.lastIndexOf('\n')
}

/** Ends what is above, and starts the line of a section, with the comments that lead to it. */
function beforeSection(page: Page, gap: Gap, hasAbove: boolean, isApart: boolean): void {
  let belongsAbove = hasAbove
  let mustPart = isApart
  for (const comment of gap.comments) {
    belongsAbove &&= comment.isBehind || comment.isIndented
    if (belongsAbove) {
      page.comment(comment, BODY)
      continue
    }
    page.part(mustPart || comment.isAfterBlank)
    mustPart = false
    page.comment(comment, '')
  }
  page.part(mustPart || gap.isBlankAtEnd)
  page.start('')
}

/** A duration may be written with blanks inside. */
function wordText(word: string): string {
  return /^\d+[ \t]+[a-z]+$/.test(word) ? word.replace(/[ \t]+/, '') : word
}

/** Whether the word follows the last without a space. */
function isTight(source: string, last: Token, word: string): boolean {
  if (word === ')' || word === ',' || word === ';') return true
  const before = source.slice(last.from, last.to)
  // The name of a limit, behind its signal.
  if (/^\.[A-Za-z]/.test(word) && /^[A-Za-z]/.test(before)) return true
  return before === '(' || (word === '(' && FUNCTION_TEXTS.includes(before))
}

/** Lines that grow word by word. */
class Page {
  readonly #lines: string[] = []
  #line: string[] = []
  #isFirst = true

  /** Starts a line; what stands on the last one is done. */
  start(indent: string): void {
    this.#end()
    this.#line = indent === '' ? [] : [indent]
    this.#isFirst = true
  }

  word(word: string, isTight: boolean): void {
    if (!this.#isFirst && !isTight) this.#line.push(' ')
    this.#line.push(word)
    this.#isFirst = false
  }

  comment({ text, isBehind }: Comment, indent: string): void {
    if (isBehind) this.#line.push(`  ${text}`)
    else {
      this.#end()
      this.#line = [indent + text]
    }
    this.#end()
  }

  /** A blank line, but not two, and none at the top. */
  part(isWanted: boolean): void {
    this.#end()
    if (isWanted && this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('')
  }

  toString(): string {
    this.#end()
    while (this.#lines.at(-1) === '') this.#lines.pop()
    return this.#lines.map((line) => `${line}\n`).join('')
  }

  #end(): void {
    if (this.#line.length > 0) this.#lines.push(this.#line.join(''))
    this.#line = []
    this.#isFirst = true
  }
}
