import { expected } from './read-token.ts'
import type { RuleText } from './rule-text.ts'
import type { WordsAt } from './words-at.ts'

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy
const UNIT = [/\{[^{}]*\}/y, /[^\s{}(),;#"*<>=!+]+/y]
// A stroke that stands alone divides; one before something is the beginning of a unit.
const OPERATOR = /-|\/(?=[\s(#]|$)/y
// Words that may follow a number, none of them a unit. Which of them may stand here is looked at later.
const WORDS =
  /(?:and|or|for|is|in|of|between|outside|when|clear|zeros|missing|priority|latching|rearm|suppressed|notify|after|unless|during|alarm|limits|valid|attribute|schedule|define|table|row|to|from|normal|high|medium|low)(?![\w-])/y

/** A number with its unit, on one line. */
export function parseQuantityText(at: WordsAt): object {
  const number = parseNumberText(at)
  if (number === undefined) throw expected(at.text, 'a number with its unit, or limit(...)')
  const fault = at.plain.get(number)
  if (fault !== undefined) throw fault
  return number
}

/** A number, with a unit or without. */
export function parseNumberText(at: WordsAt): object | undefined {
  const { text, places, plain } = at
  const offset = text.offset
  const value = text.takeBeforeUnit(NUMBER)
  if (value === undefined) return undefined
  const unitAt = text.offset
  const unit = takeUnit(text)
  const quantity = places.note({ value: Number(value), unit: unit ?? '1' }, offset, { value: offset, unit: unitAt })
  if (unit !== undefined) return quantity
  plain.set(quantity, expected(text, `a unit after ${value.length > 40 ? `${value.slice(0, 37)}...` : value}`))
  text.skip(0)
  return quantity
}

/** A unit, where one begins here. */
export function takeUnit(text: RuleText): string | undefined {
  if (text.peek(OPERATOR) !== undefined || text.peek(WORDS) !== undefined) return undefined
  return text.takeRun(UNIT)
}
