/** What a CSV row's end is looked for with. One ASCII character each. */
export interface CsvSyntax {
  readonly delimiter: string
  readonly quote: string
  /** White space around a field is none of it. */
  readonly trim: boolean
}

const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const TAB = 9
const FORM_FEED = 12

/** The row's quoted field does not end before the limit. */
export const UNCLOSED: number = -1

/**
 * The index of the line end that ends the row beginning at `start`, or `limit` where the text ends before one.
 * `UNCLOSED` where a quoted field is still open at `limit`.
 *
 * ```
 *   a , "b , "" \n c" , d \n          a quote opens a field only at its beginning (white space aside),
 *       ^          ^      ^           two in a row are one, and a line end inside is data
 *       opens      closes row's end
 * ```
 */
export function csvRowEnd(text: string, start: number, limit: number, syntax: CsvSyntax): number {
  const delimiter = syntax.delimiter.charCodeAt(0)
  const quote = syntax.quote.charCodeAt(0)
  let at = start
  for (;;) {
    if (syntax.trim) while (at < limit && isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== delimiter) at++
    if (at < limit && text.charCodeAt(at) === quote) {
      at = quotedEnd(text, at + 1, limit, syntax.quote)
      if (at === UNCLOSED) return UNCLOSED
    }
    while (at < limit && text.charCodeAt(at) !== delimiter && text.charCodeAt(at) !== NEWLINE) at++
    if (at >= limit) return limit
    if (text.charCodeAt(at) === NEWLINE) return at
    at++
  }
}

/** True where nothing but white space stands between two indices. */
export function isBlankRow(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isBlank(text.charCodeAt(at))) return false
  return true
}

/** How many line ends stand between two indices. */
export function countLineEnds(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === RETURN || code === FORM_FEED
}

/** The index after the closing quote. */
function quotedEnd(text: string, start: number, limit: number, quote: string): number {
  let at = start
  for (;;) {
    at = text.indexOf(quote, at)
    if (at < 0 || at >= limit) return UNCLOSED
    if (at + 1 >= limit || text[at + 1] !== quote) return at + 1
    at += 2
  }
}
