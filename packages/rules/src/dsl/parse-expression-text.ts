import {
  SCALAR_FUNCTIONS,
  type ScalarFunction,
  WINDOW_FUNCTIONS,
  type WindowFunction,
} from '../expression/expression.ts'
import { windowFunctionText } from '../expression/expression-text.ts'
import { meantName } from './meant-name.ts'
import { parseNumberText, parseQuantityText } from './parse-quantity-text.ts'
import {
  expectAnyWord,
  expectDuration,
  expected,
  expectLimitName,
  expectSign,
  expectSignal,
  expectWord,
  signalOfText,
  takeDuration,
  takeSign,
  takeText,
  takeWhole,
  takeWord,
} from './read-token.ts'
import { TextFault } from './rule-text.ts'
import type { WordsAt } from './words-at.ts'

/** What was read: a condition, a value, or a name that may stand for either. */
export interface Parsed {
  readonly node: object
  readonly kind: 'condition' | 'value' | 'name'
}

/** Reads what stands in parentheses: a value or a condition. */
export type ParseInside = (at: WordsAt, depth: number) => Parsed

const WINDOW_OF_TEXT = new Map(WINDOW_FUNCTIONS.map((call) => [windowFunctionText(call), call]))
export const FUNCTION_TEXTS: readonly string[] = [...WINDOW_OF_TEXT.keys(), ...SCALAR_FUNCTIONS, 'limit']
const DEEPEST = 100
const TO_COME = ['news2', 'mews', 'qsofa', 'sofa', 'gcs']

/** `a + b * c`: a value, or what one pair of parentheses holds. */
export function parseSumText(at: WordsAt, depth: number, inside: ParseInside): Parsed {
  const product = () => chain(at, /[*/]/y, () => parseFactorText(at, depth, inside))
  return chain(at, /[+-]/y, product)
}

/** A value, and nothing else. */
export function parseValueText(at: WordsAt, depth: number, inside: ParseInside): object {
  const offset = at.text.offset
  return asValue(parseSumText(at, depth, inside), offset)
}

function chain(at: WordsAt, operator: RegExp, part: () => Parsed): Parsed {
  const offset = at.text.offset
  let left = part()
  for (let op = at.text.take(operator); op !== undefined; op = at.text.take(operator)) {
    const rightAt = at.text.offset
    const right = asValue(part(), rightAt)
    const node = { op, left: asValue(left, offset), right }
    left = { node: at.places.note(node, offset), kind: 'value' }
  }
  return left
}

function asValue({ node, kind }: Parsed, offset: number): object {
  if (kind !== 'condition') return node
  throw new TextFault(offset, 'this is a condition, and a value is needed here')
}

function parseFactorText(at: WordsAt, depth: number, inside: ParseInside): Parsed {
  const { text, places } = at
  const offset = text.offset
  refuseDepth(offset, depth)
  if (takeSign(text, '(')) {
    const parsed = inside(at, depth + 1)
    expectSign(text, ')')
    return parsed
  }
  const quoted = takeText(text)
  if (quoted !== undefined) return { node: places.note({ text: quoted }, offset), kind: 'value' }
  const number = parseNumberText(at)
  if (number !== undefined) return { node: number, kind: 'value' }
  if (text.peek(/'/y) !== undefined) throw new TextFault(offset, 'a text stands in double quotes')
  const word = expectAnyWord(text, 'a value, such as a signal, a number or a function')
  if (text.peek(/\(/y) !== undefined) return { node: parseCallText(at, word, offset, depth, inside), kind: 'value' }
  const signal = signalOfText(word)
  if (signal === undefined) return { node: places.note(at.names.use(word, offset), offset), kind: 'name' }
  const timeAt = text.offset
  if (takeWord(text, 'within')) {
    const within = text.offset
    return { node: places.note({ signal, within: expectDuration(text) }, offset, { within }), kind: 'value' }
  }
  const ago = takeDuration(text)
  if (ago === undefined) return { node: places.note({ signal }, offset), kind: 'value' }
  expectWord(text, 'ago')
  return { node: places.note({ signal, ago }, offset, { ago: timeAt }), kind: 'value' }
}

/** Refuses to go further in than the stack allows. */
export function refuseDepth(offset: number, depth: number): void {
  if (depth <= DEEPEST) return
  const message = `parentheses and "not" nest more than ${DEEPEST} deep`
  throw new TextFault(offset, message, 'RULES_CONDITION_TOO_DEEP')
}

function parseCallText(at: WordsAt, word: string, offset: number, depth: number, inside: ParseInside): object {
  const { text, places } = at
  const window = WINDOW_OF_TEXT.get(word)
  const isScalar = SCALAR_FUNCTIONS.includes(word as ScalarFunction)
  if (window === undefined && !isScalar && word !== 'limit') throw unknownFunction(word, offset)
  expectSign(text, '(')
  const argsAt = text.offset
  if (window !== undefined) return parseWindowText(at, window, offset)
  if (word === 'limit') {
    const limit = expectLimitName(text)
    expectSign(text, ')')
    return places.note({ limit }, offset, { limit: argsAt })
  }
  const args = [parseValueText(at, depth + 1, inside)]
  while (takeSign(text, ',')) args.push(parseValueText(at, depth + 1, inside))
  expectSign(text, ')')
  return places.note({ call: word, args: places.note(args, argsAt) }, offset)
}

/** What stands behind the bracket: `heart-rate over 1m, at least 3)`. */
function parseWindowText(at: WordsAt, call: WindowFunction, offset: number): object {
  const { text, places } = at
  const fields: Record<string, number> = { signal: text.offset }
  const signal = expectSignal(text)
  fields.between = text.offset
  const between = call === 'timeInRange' ? parseRangeText(at) : undefined
  if ((call === 'min' || call === 'max') && text.peek(/,/y) !== undefined) {
    const meant = call === 'min' ? 'least' : 'greatest'
    throw new TextFault(text.offset, `expected "over": of several values it is ${meant}(a, b)`)
  }
  expectWord(text, 'over')
  fields.over = text.offset
  const over = expectDuration(text)
  const atLeast = takeSign(text, ',') ? parseAtLeastText(at, fields) : undefined
  expectSign(text, ')')
  const node = { call, signal, over, ...(atLeast !== undefined && { atLeast }), ...(between && { between }) }
  return places.note(node, offset, fields)
}

function parseAtLeastText({ text }: WordsAt, fields: Record<string, number>): number {
  expectWord(text, 'at')
  expectWord(text, 'least')
  fields.atLeast = text.offset
  const readings = takeWhole(text)
  if (readings === undefined) throw expected(text, 'how many readings are needed')
  return readings
}

function parseRangeText(at: WordsAt): object {
  const offset = at.text.offset
  expectWord(at.text, 'between')
  const low = parseOperandText(at)
  expectWord(at.text, 'and')
  return at.places.note([low, parseOperandText(at)], offset)
}

/** A quantity with its unit, or a limit. */
export function parseOperandText(at: WordsAt): object {
  const { text, places } = at
  const offset = text.offset
  if (!takeWord(text, 'limit')) return parseQuantityText(at)
  expectSign(text, '(')
  const nameAt = text.offset
  const limit = expectLimitName(text)
  expectSign(text, ')')
  return places.note({ limit }, offset, { limit: nameAt })
}

function unknownFunction(word: string, offset: number): TextFault {
  const shown = word.length > 40 ? `${word.slice(0, 37)}...` : word
  if (TO_COME.includes(word)) {
    return new TextFault(offset, `${shown}(...) is not in the language yet`, 'RULES_TEXT_UNSUPPORTED')
  }
  const meant = meantName(word, FUNCTION_TEXTS)
  const hint = meant === undefined ? `; known: ${FUNCTION_TEXTS.join(', ')}` : `; did you mean ${meant}?`
  return new TextFault(offset, `unknown function "${shown}"${hint}`, 'RULES_FUNCTION_UNKNOWN')
}
