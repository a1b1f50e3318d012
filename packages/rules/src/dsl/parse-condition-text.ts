import type { ComparisonWord } from '../expression/condition.ts'
import { type Parsed, parseOperandText, parseSumText, parseValueText, refuseDepth } from './parse-expression-text.ts'
import {
  expectAnyWord,
  expectDuration,
  expected,
  expectSign,
  expectSignal,
  expectWord,
  takeSign,
  takeWhole,
  takeWord,
} from './read-token.ts'
import { TextFault } from './rule-text.ts'
import type { WordsAt } from './words-at.ts'

const RELATION = /(?:[<>]=?|!?=)/y
const RELATIONS: Readonly<Record<string, ComparisonWord | 'equals' | 'differs'>> = {
  '<': 'below',
  '<=': 'atMost',
  '>': 'above',
  '>=': 'atLeast',
  '=': 'equals',
  '!=': 'differs',
}
const MEANT_RELATIONS: Readonly<Record<string, string>> = {
  '==': '=',
  '<>': '!=',
  '≠': '!=',
  '=<': '<=',
  '≤': '<=',
  '=>': '>=',
  '≥': '>=',
}
const NEEDED = '<, <=, >, >=, =, !=, between, outside, in or is'
/** What may follow a name that is a condition by itself. */
const AFTER_NAME = /[A-Za-z),;]|$/y

/** `when`: a silence (`no spo2 within 30s`), or a condition. */
export function parseWhenText(at: WordsAt): object {
  const { text, places } = at
  const offset = text.offset
  if (!takeWord(text, 'no')) return parseConditionText(at)
  const silentAt = text.offset
  const silent = takeWord(text, 'signal') ? 'any' : expectSignal(text)
  expectWord(text, 'within')
  const within = text.offset
  return places.note({ silent, within: expectDuration(text) }, offset, { silent: silentAt, within })
}

export function parseConditionText(at: WordsAt, depth = 0): object {
  return conditionOf(parseEitherText(at, depth), at)
}

/** A condition or a value: what a definition stands for. */
export function parseEitherText(at: WordsAt, depth = 0): Parsed {
  const { text, places } = at
  const offset = text.offset
  const first = parseOne(at, depth)
  const word = text.peek(/(?:and|or)(?![\w-])/y)
  if (word === undefined) return first
  const parts = [conditionOf(first, at)]
  while (takeWord(text, word)) parts.push(conditionOf(parseOne(at, depth), at))
  if (text.peek(/(?:and|or)(?![\w-])/y) !== undefined) {
    throw new TextFault(
      text.offset,
      '"and" and "or" side by side can be read in two ways: put one of them in parentheses',
    )
  }
  return { node: places.note({ [word]: parts }, offset), kind: 'condition' }
}

function conditionOf({ node, kind }: Parsed, { text }: WordsAt): object {
  if (kind === 'condition') return node
  if (kind === 'value' || text.peek(AFTER_NAME) === undefined) throw expected(text, NEEDED)
  return node
}

function parseOne(at: WordsAt, depth: number): Parsed {
  const { text, places } = at
  const offset = text.offset
  refuseDepth(offset, depth)
  const condition = (node: object): Parsed => ({ node: places.note(node, offset), kind: 'condition' })
  if (takeWord(text, 'not')) return condition({ not: conditionOf(parseOne(at, depth + 1), at) })
  if (takeWord(text, 'during')) return condition({ during: expectAnyWord(text, 'the name of a schedule') })
  if (text.peek(/no(?![\w-])/y) !== undefined) {
    throw new TextFault(offset, 'a silence stands alone, as the whole of "when"')
  }
  const counted = parseCounted(at, depth)
  if (counted !== undefined) return { node: counted, kind: 'condition' }
  const left = parseSumText(at, depth, parseEitherText)
  return left.kind === 'condition' ? left : parseRelation(at, left, offset, depth)
}

/** `3 of 5 systolic < 90 mm[Hg]`, or `2 of (a, b, c)`; undefined where a number stands for itself. */
function parseCounted(at: WordsAt, depth: number): object | undefined {
  const { text, places } = at
  const offset = text.offset
  const count = takeWhole(text)
  if (count === undefined) return undefined
  if (!takeWord(text, 'of')) {
    text.offset = offset
    return undefined
  }
  if (takeSign(text, '(')) {
    const listAt = text.offset
    const conditions = [parseConditionText(at, depth + 1)]
    while (takeSign(text, ',')) conditions.push(parseConditionText(at, depth + 1))
    expectSign(text, ')')
    return places.note({ atLeastOf: count, conditions: places.note(conditions, listAt) }, offset)
  }
  const of = takeWhole(text)
  if (of === undefined) throw expected(text, 'how many readings are looked at, or conditions in parentheses')
  const signalAt = text.offset
  const signal = expectSignal(text)
  const wordAt = text.offset
  const range = ['between', 'outside'].find((word) => takeWord(text, word))
  const word = range ?? RELATIONS[text.take(/[<>]=?/y) ?? '']
  if (word === undefined) throw expected(text, '<, <=, >, >=, between or outside')
  const low = parseOperandText(at)
  if (range !== undefined) expectWord(text, 'and')
  const operand = range === undefined ? low : places.note([low, parseOperandText(at)], wordAt)
  return places.note({ signal, [word]: operand, count, of }, offset, { signal: signalAt, [word]: wordAt })
}

function parseRelation(at: WordsAt, left: Parsed, offset: number, depth: number): Parsed {
  const { text, places } = at
  const wordAt = text.offset
  if (takeWord(text, 'is')) {
    const known = places.note({ known: left.node }, offset)
    if (takeWord(text, 'known')) return { node: known, kind: 'condition' }
    if (!takeWord(text, 'unknown')) throw expected(text, 'known or unknown')
    return { node: places.note({ not: known }, offset), kind: 'condition' }
  }
  const value = () => parseValueText(at, depth, parseEitherText)
  const held = (word: string, operands: readonly object[]): Parsed => {
    const isRange = operands.length > 1 || word === 'oneOf'
    const operand = isRange ? places.note([...operands], wordAt) : (operands[0] as object)
    const subject = compared(at, left.node, word, operands)
    return { node: places.note({ ...subject, [word]: operand }, offset, { [word]: wordAt }), kind: 'condition' }
  }
  for (const range of ['between', 'outside']) {
    if (!takeWord(text, range)) continue
    const low = value()
    expectWord(text, 'and')
    return held(range, [low, value()])
  }
  if (takeWord(text, 'in')) {
    expectSign(text, '(')
    const choices = [value()]
    while (takeSign(text, ',')) choices.push(value())
    expectSign(text, ')')
    return held('oneOf', choices)
  }
  const other = text.peek(/==|<>|=<|=>|[≤≥≠]/y)
  if (other !== undefined) throw new TextFault(wordAt, `"${other}" is written ${MEANT_RELATIONS[other]}`)
  const relation = text.take(RELATION)
  if (relation !== undefined) return held(RELATIONS[relation] as string, [value()])
  return left
}

/** A signal by itself against quantities and limits is a comparison of that signal; all else is one of expressions. */
function compared(at: WordsAt, left: object, word: string, operands: readonly object[]): object {
  const isSignal = 'signal' in left && Object.keys(left).length === 1
  const isOrder = word !== 'equals' && word !== 'differs' && word !== 'oneOf'
  const isPlain = isSignal && operands.every((operand) => 'value' in operand || 'limit' in operand)
  if (!isPlain) return { expression: left }
  for (const operand of operands) {
    const fault = at.plain.get(operand)
    if (fault !== undefined) throw fault
  }
  return isOrder ? left : { expression: left }
}
