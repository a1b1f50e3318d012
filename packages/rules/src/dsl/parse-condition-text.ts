import type { ComparisonWord } from '../expression/condition.ts'
import { SIGNAL_NAMES, SIGNALS, type Signal } from '../expression/signals.ts'
import { didYouMean } from '../schema/problems.ts'
import { type RuleText, TextFault } from './rule-text.ts'

/** Where each object of the parsed JSON, and each of its fields, stands in the text. */
export class Places {
  readonly #places = new WeakMap<object, Readonly<Record<string, number>>>()

  /** Notes where the object begins, and where its fields do if elsewhere. */
  note<T extends object>(object: T, offset: number, fields: Readonly<Record<string, number>> = {}): T {
    this.#places.set(object, { ...fields, '': offset })
    return object
  }

  of(object: object, field: string): number | undefined {
    const places = this.#places.get(object)
    return places !== undefined && Object.hasOwn(places, field) ? places[field] : undefined
  }
}

const DEEPEST = 100
const SIGNAL_OF_TEXT = new Map(SIGNAL_NAMES.map((name) => [SIGNALS[name].text as string, name]))
const SIGNAL_TEXTS = [...SIGNAL_OF_TEXT.keys()]
const RELATIONS: Readonly<Record<string, ComparisonWord>> = {
  '<': 'below',
  '<=': 'atMost',
  '>': 'above',
  '>=': 'atLeast',
}

const WORD = /[A-Za-z][\w-]*/y
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy
const UNIT = [/\{[^{}]*\}/y, /[^\s{}(),;#"]+/y]
const DURATION = /\d+[ \t]*(?:ms|s|m|h|d)(?![\w.-])/y
const WHOLE = /\d+(?![\w.-])/y

/** `when`: a silence (`no spo2 within 30s`), or a condition. */
export function parseWhenText(text: RuleText, places: Places): object {
  const offset = text.offset
  if (!takeWord(text, 'no')) return parseConditionText(text, places)
  const at = text.offset
  const silent = takeWord(text, 'signal') ? 'any' : parseSignalText(text)
  expectWord(text, 'within')
  const within = text.offset
  return places.note({ silent, within: parseDurationText(text) }, offset, { silent: at, within })
}

export function parseConditionText(text: RuleText, places: Places, depth = 0): object {
  const offset = text.offset
  const first = parseOne(text, places, depth)
  const word = text.peek(/(?:and|or)(?![\w-])/y)
  if (word === undefined) return first
  const parts = [first]
  while (takeWord(text, word)) parts.push(parseOne(text, places, depth))
  if (text.peek(/(?:and|or)(?![\w-])/y) !== undefined) {
    throw new TextFault(
      text.offset,
      '"and" and "or" side by side can be read in two ways: put one of them in parentheses',
    )
  }
  return places.note({ [word]: parts }, offset)
}

function parseOne(text: RuleText, places: Places, depth: number): object {
  const offset = text.offset
  if (depth > DEEPEST) {
    throw new TextFault(offset, `parentheses and "not" nest more than ${DEEPEST} deep`, 'RULES_CONDITION_TOO_DEEP')
  }
  if (takeWord(text, 'not')) return places.note({ not: parseOne(text, places, depth + 1) }, offset)
  if (text.take(/\(/y) !== undefined) {
    const inner = parseConditionText(text, places, depth + 1)
    if (text.take(/\)/y) === undefined) throw expected(text, '")"')
    return inner
  }
  if (text.peek(/no(?![\w-])/y) !== undefined)
    throw new TextFault(offset, 'a silence stands alone, as the whole of "when"')
  return parseComparisonText(text, places)
}

function parseComparisonText(text: RuleText, places: Places): object {
  const offset = text.offset
  const counted = parseCount(text)
  const signalAt = text.offset
  const signal = parseSignalText(text)
  const wordAt = text.offset
  const noted = (comparison: object, word: string) =>
    places.note({ signal, ...comparison, ...counted }, offset, { signal: signalAt, [word]: wordAt })
  for (const range of ['between', 'outside']) {
    if (!takeWord(text, range)) continue
    const low = parseOperandText(text, places)
    expectWord(text, 'and')
    return noted({ [range]: places.note([low, parseOperandText(text, places)], wordAt) }, range)
  }
  const relation = text.take(/[<>]=?/y)
  if (relation === undefined) throw expected(text, '<, <=, >, >=, between or outside')
  const word = RELATIONS[relation] as ComparisonWord
  return noted({ [word]: parseOperandText(text, places) }, word)
}

function parseCount(text: RuleText): { count: number; of: number } | undefined {
  const count = text.take(WHOLE)
  if (count === undefined) return undefined
  expectWord(text, 'of')
  const of = text.take(WHOLE)
  if (of === undefined) throw expected(text, 'how many readings are looked at')
  return { count: Number(count), of: Number(of) }
}

function parseOperandText(text: RuleText, places: Places): object {
  const offset = text.offset
  if (!takeWord(text, 'limit')) return parseQuantityText(text, places)
  if (text.take(/\(/y) === undefined) throw expected(text, '"("')
  const at = text.offset
  const limit = parseLimitName(text)
  if (text.take(/\)/y) === undefined) throw expected(text, '")"')
  return places.note({ limit }, offset, { limit: at })
}

/** `heart-rate.high`, as JSON names it: `heartRate.high`. */
export function parseLimitName(text: RuleText): string {
  const signal = parseSignalText(text)
  const name = text.take(/\.[A-Za-z][\w-]*/y)
  if (name === undefined) throw expected(text, 'a dot and the name of the limit, such as .high')
  return signal + name
}

export function parseQuantityText(text: RuleText, places: Places): object {
  const offset = text.offset
  const value = text.takeBeforeUnit(NUMBER)
  if (value === undefined) throw expected(text, 'a number with its unit, or limit(...)')
  const unitAt = text.offset
  const unit = text.takeRun(UNIT)
  if (unit === undefined) throw expected(text, `a unit after ${value}`)
  return places.note({ value: Number(value), unit }, offset, { value: offset, unit: unitAt })
}

export function parseSignalText(text: RuleText): Signal {
  const offset = text.offset
  const word = text.take(WORD)
  if (word === undefined) throw expected(text, 'a signal')
  const signal = SIGNAL_OF_TEXT.get(word)
  if (signal !== undefined) return signal
  if (text.peek(/\(/y) !== undefined) {
    throw new TextFault(offset, `${word}(...) is not in the language yet`, 'RULES_TEXT_UNSUPPORTED')
  }
  const shown = word.length > 40 ? `${word.slice(0, 37)}...` : word
  const hint = didYouMean(word, SIGNAL_TEXTS) || `; known: ${SIGNAL_TEXTS.join(', ')}`
  throw new TextFault(offset, `unknown signal "${shown}"${hint}`, 'RULES_SIGNAL_UNKNOWN')
}

export function parseDurationText(text: RuleText): string {
  const duration = text.take(DURATION)
  if (duration === undefined) throw expected(text, 'a time such as 30s')
  return duration
}

/** Reads the word if it stands here, whole. */
export function takeWord(text: RuleText, word: string): boolean {
  if (!text.source.startsWith(word, text.offset)) return false
  if (/[\w-]/.test(text.source.charAt(text.offset + word.length))) return false
  return text.take(new RegExp(word, 'y')) !== undefined
}

export function expectWord(text: RuleText, word: string): void {
  if (!takeWord(text, word)) throw expected(text, `"${word}"`)
}

export function expected(text: RuleText, what: string): TextFault {
  return new TextFault(text.offset, `expected ${what}, found ${text.describe()}`)
}
