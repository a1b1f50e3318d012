import { didYouMean } from '../expression/closest-name.ts'
import { SIGNAL_NAMES, SIGNALS, type Signal } from '../expression/signals.ts'
import { meantName } from './meant-name.ts'
import { type RuleText, TextFault } from './rule-text.ts'

const SIGNAL_OF_TEXT = new Map(SIGNAL_NAMES.map((name) => [SIGNALS[name].text as string, name]))
const SIGNAL_TEXTS: readonly string[] = [...SIGNAL_OF_TEXT.keys()]

const WORD = /[A-Za-z][\w-]*/y
const ID = /[A-Za-z0-9][\w.-]*/y
const DURATION = /\d+[ \t]*(?:ms|s|m|h|d)(?![\w.-])/y
const WHOLE = /\d+(?![\w.-])/y
const INSIDE_TEXT = [/[^"\\\n]+/y, /\\./y]

/** Reads the word if it stands here, whole. */
export function takeWord(text: RuleText, word: string): boolean {
  if (!text.source.startsWith(word, text.offset)) return false
  if (/[\w-]/.test(text.source.charAt(text.offset + word.length))) return false
  text.skip(word.length)
  return true
}

export function expectWord(text: RuleText, word: string): void {
  if (!takeWord(text, word)) throw expected(text, `"${word}"`)
}

/** Reads a bracket, a comma or another sign if it stands here. */
export function takeSign(text: RuleText, sign: string): boolean {
  if (!text.source.startsWith(sign, text.offset)) return false
  text.skip(sign.length)
  return true
}

export function expectSign(text: RuleText, sign: string): void {
  if (!takeSign(text, sign)) throw expected(text, `"${sign}"`)
}

/** Reads any word: what it may be is looked at later. */
export function expectAnyWord(text: RuleText, what: string): string {
  const word = text.take(WORD)
  if (word === undefined) throw expected(text, what)
  return word
}

/** Reads the id of a rule, a ward or whoever is told. */
export function expectId(text: RuleText, what: string): string {
  const id = text.take(ID)
  if (id === undefined) throw expected(text, what)
  return id
}

/** Reads an id, or a text in quotes where it has other characters. */
export function expectIdOrText(text: RuleText, what: string): string {
  return takeText(text) ?? expectId(text, what)
}

export function takeWhole(text: RuleText): number | undefined {
  const whole = text.take(WHOLE)
  return whole === undefined ? undefined : Number(whole)
}

export function takeDuration(text: RuleText): string | undefined {
  return text.take(DURATION)
}

export function expectDuration(text: RuleText): string {
  const duration = takeDuration(text)
  if (duration === undefined) throw expected(text, 'a time such as 30s')
  return duration
}

export function expectSignal(text: RuleText): Signal {
  const offset = text.offset
  const word = expectAnyWord(text, 'a signal')
  const signal = SIGNAL_OF_TEXT.get(word)
  if (signal === undefined) throw unknownName(offset, word)
  return signal
}

/** The signal of that name in a text. */
export function signalOfText(word: string): Signal | undefined {
  return SIGNAL_OF_TEXT.get(word)
}

/** `heart-rate.high`, as JSON names it: `heartRate.high`. */
export function expectLimitName(text: RuleText): string {
  const signal = expectSignal(text)
  const name = text.take(/\.[A-Za-z][\w-]*/y)
  if (name === undefined) throw expected(text, 'a dot and the name of the limit, such as .high')
  return signal + name
}

/** A text in quotes, with the escapes of JSON. */
export function takeText(text: RuleText): string | undefined {
  const offset = text.offset
  if (text.peek(/"/y) === undefined) return undefined
  const quoted = text.takeQuoted(INSIDE_TEXT)
  if (quoted === undefined) throw new TextFault(offset, 'this text has no closing quote on its line')
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new TextFault(offset, 'this text has an escape or a character that JSON does not allow in a text')
  }
}

export function expected(text: RuleText, what: string): TextFault {
  return new TextFault(text.offset, `expected ${what}, found ${text.describe()}`)
}

/** The fault of a word that is none of those that may stand here. */
export function unknownWord(text: RuleText, known: readonly string[]): TextFault {
  const found = text.peek(WORD)
  const fault = expected(text, known.join(', '))
  return new TextFault(fault.offset, fault.message + (found === undefined ? '' : didYouMean(found, known)))
}

/** The fault of a word that is neither a signal nor one of these names. */
export function unknownName(offset: number, word: string, names: readonly string[] = []): TextFault {
  const shown = word.length > 40 ? `${word.slice(0, 37)}...` : word
  const meant = meantName(word, [...SIGNAL_TEXTS, ...names])
  const what = meant === undefined || SIGNAL_OF_TEXT.has(meant) ? 'signal' : 'name'
  const hint = meant === undefined ? `; known: ${SIGNAL_TEXTS.join(', ')}` : `; did you mean ${meant}?`
  return new TextFault(offset, `unknown ${what} "${shown}"${hint}`, 'RULES_SIGNAL_UNKNOWN')
}
