import { didYouMean } from '../expression/closest-name.ts'
import { durationText } from '../expression/duration.ts'
import {
  type ArithmeticOperator,
  type Expression,
  SCALAR_FUNCTIONS,
  type ScalarFunction,
  WINDOW_FUNCTIONS,
  type WindowFunction,
} from '../expression/expression.ts'
import { parseQuantity, type Quantity } from '../expression/quantity.ts'
import { leastOf } from '../expression/resolve-expression.ts'
import { checkDuration } from './parse-duration.ts'
import { checkSignal } from './parse-signal.ts'
import { at, describe, type Problems } from './problems.ts'

const DEEPEST = 32
const MOST_ARGUMENTS = 16
const MOST_READINGS = 10_000
const LONGEST_WINDOW_MS = 24 * 3_600_000
const LONGEST_BASELINE_MS = 30 * LONGEST_WINDOW_MS
const OPERATORS: readonly ArithmeticOperator[] = ['+', '-', '*', '/']
const CALLS = [...WINDOW_FUNCTIONS, ...SCALAR_FUNCTIONS]
const KINDS = ['value', 'limit', 'text', 'attribute', 'op', 'call', 'use', 'signal']

type Fields = Readonly<Record<string, unknown>>

/** The shape of an expression, in its canonical form. What its parts measure is looked at when it is resolved. */
export function checkExpression(value: unknown, path: string, problems: Problems, depth = 0): Expression | undefined {
  if (typeof value === 'string') return checkAnyQuantity(value, path, problems)
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  if (depth > DEEPEST) {
    return problems.add(path, 'RULES_CONDITION_TOO_DEEP', `expressions nest more than ${DEEPEST} deep`)
  }
  // A function of a window names its signal beside its own name.
  const kinds = KINDS.filter((kind) => Object.hasOwn(object, kind) && !(kind === 'signal' && 'call' in object))
  const [kind, ...more] = kinds
  switch (more.length === 0 ? kind : undefined) {
    case 'value':
      return checkAnyQuantity(value, path, problems)
    case 'limit':
    case 'attribute':
    case 'use':
      return checkName(object, kind as 'use', path, problems)
    case 'text':
      return checkText(object, path, problems)
    case 'op':
      return checkArithmetic(object, path, problems, depth)
    case 'call':
      return checkCall(object, path, problems, depth)
    case 'signal':
      return checkSignalValue(object, path, problems)
    case undefined:
  }
  const found = kinds.length === 0 ? Object.keys(object).join(', ') || 'nothing' : kinds.join(' and ')
  return problems.add(
    path,
    'RULES_EXPRESSION_INVALID',
    `a value has exactly one of ${KINDS.join(', ')}; found ${found}`,
  )
}

/** A quantity of any measure. */
function checkAnyQuantity(value: unknown, path: string, problems: Problems): Quantity | undefined {
  const parsed = typeof value === 'string' ? (parseQuantity(value) ?? plainNumber(value)) : value
  if (parsed === undefined) {
    return problems.add(path, 'RULES_QUANTITY_INVALID', `${describe(value)} is no number with a unit`)
  }
  const object = parsed as Fields
  problems.unknownFields(object, ['value', 'unit'], path)
  if (typeof object.value !== 'number' || !Number.isFinite(object.value)) {
    const needed = `a finite number is needed, got ${describe(object.value)}`
    return problems.add(at(path, 'value'), 'RULES_QUANTITY_INVALID', needed)
  }
  if (typeof object.unit !== 'string') {
    return problems.add(at(path, 'unit'), 'RULES_FIELD_MISSING', `a unit is needed, got ${describe(object.unit)}`)
  }
  return { value: object.value === 0 ? 0 : object.value, unit: object.unit }
}

function plainNumber(text: string): Quantity | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim()) ? { value: Number(text), unit: '1' } : undefined
}

function checkName<K extends 'limit' | 'attribute' | 'use'>(
  object: Fields,
  kind: K,
  path: string,
  problems: Problems,
): Expression | undefined {
  problems.unknownFields(object, [kind], path)
  const name = object[kind]
  if (typeof name === 'string') return { [kind]: name } as unknown as Expression
  return problems.add(at(path, kind), 'RULES_TYPE_INVALID', `a name is needed, got ${describe(name)}`)
}

function checkText(object: Fields, path: string, problems: Problems): Expression | undefined {
  problems.unknownFields(object, ['text'], path)
  if (typeof object.text === 'string') return { text: object.text }
  return problems.add(at(path, 'text'), 'RULES_TYPE_INVALID', `a text is needed, got ${describe(object.text)}`)
}

function checkArithmetic(object: Fields, path: string, problems: Problems, depth: number): Expression | undefined {
  problems.unknownFields(object, ['op', 'left', 'right'], path)
  const op = problems.choice(object.op, OPERATORS, at(path, 'op'))
  const left = checkExpression(object.left, at(path, 'left'), problems, depth + 1)
  const right = checkExpression(object.right, at(path, 'right'), problems, depth + 1)
  return op && left && right && { op, left, right }
}

function checkCall(object: Fields, path: string, problems: Problems, depth: number): Expression | undefined {
  const { call } = object
  if (WINDOW_FUNCTIONS.includes(call as WindowFunction)) {
    return checkWindow(object, call as WindowFunction, path, problems)
  }
  if (SCALAR_FUNCTIONS.includes(call as ScalarFunction)) {
    return checkScalar(object, call as ScalarFunction, path, problems, depth)
  }
  const hint = typeof call === 'string' ? didYouMean(call, CALLS) : ''
  const known = hint === '' ? `; known: ${CALLS.join(', ')}` : hint
  return problems.add(at(path, 'call'), 'RULES_FUNCTION_UNKNOWN', `unknown function ${describe(call)}${known}`)
}

function checkScalar(
  object: Fields,
  call: ScalarFunction,
  path: string,
  problems: Problems,
  depth: number,
): Expression | undefined {
  problems.unknownFields(object, ['call', 'args'], path)
  const array = problems.array(object.args, at(path, 'args'))
  if (array === undefined) return undefined
  const [least, most] = call === 'abs' ? [1, 1] : [2, MOST_ARGUMENTS]
  if (array.length < least || array.length > most) {
    const needed = least === most ? `${least}` : `${least} to ${most}`
    const message = `${call} takes ${needed} values, got ${array.length}`
    return problems.add(at(path, 'args'), 'RULES_EXPRESSION_INVALID', message)
  }
  const args = array.map((arg, i) => checkExpression(arg, at(at(path, 'args'), i), problems, depth + 1))
  return args.every((arg) => arg !== undefined) ? { call, args } : undefined
}

function checkWindow(object: Fields, call: WindowFunction, path: string, problems: Problems): Expression | undefined {
  const isRange = call === 'timeInRange'
  const counts = call === 'baseline' ? [] : ['atLeast']
  problems.unknownFields(object, ['call', 'signal', 'over', ...counts, ...(isRange ? ['between'] : [])], path)
  const signal = checkSignal(object.signal, at(path, 'signal'), problems)
  const over = checkWindowLength(object.over, call, at(path, 'over'), problems)
  const atLeast = checkAtLeast(object.atLeast, call, at(path, 'atLeast'), problems)
  const between = isRange ? checkRange(object.between, at(path, 'between'), problems) : undefined
  if (signal === undefined || over === undefined || (isRange && between === undefined)) return undefined
  return {
    call,
    signal,
    over: durationText(over),
    ...(atLeast !== undefined && atLeast !== leastOf(call) && { atLeast }),
    ...(between && { between }),
  }
}

function checkWindowLength(value: unknown, call: WindowFunction, path: string, problems: Problems): number | undefined {
  const ms = checkDuration(value, path, problems)
  const longest = call === 'baseline' ? LONGEST_BASELINE_MS : LONGEST_WINDOW_MS
  if (ms === undefined || (ms > 0 && ms <= longest && !(call === 'baseline' && ms % 24 !== 0))) return ms
  const needed = `${describe(value)} is no length of a window: above zero, at most ${durationText(longest)}`
  const slices = call === 'baseline' ? ', and a multiple of 24 ms' : ''
  return problems.add(path, 'RULES_DURATION_INVALID', needed + slices)
}

function checkAtLeast(value: unknown, call: WindowFunction, path: string, problems: Problems): number | undefined {
  if (value === undefined) return undefined
  const least = leastOf(call)
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST_READINGS)
    return value as number
  const message = `${describe(value)} is no number of readings for ${call}: ${least} to ${MOST_READINGS}`
  return problems.add(path, 'RULES_COUNT_INVALID', message)
}

function checkRange(
  value: unknown,
  path: string,
  problems: Problems,
): readonly [Quantity | { limit: string }, Quantity | { limit: string }] | undefined {
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  if (array.length !== 2) return problems.add(path, 'RULES_TYPE_INVALID', `two ends are needed, got ${array.length}`)
  const [low, high] = array.map((end, i) => {
    const checked = checkExpression(end, at(path, i), problems)
    if (checked === undefined || 'value' in checked || 'limit' in checked) return checked
    return problems.add(at(path, i), 'RULES_EXPRESSION_INVALID', 'an end is a quantity or a limit')
  })
  return low && high && [low, high]
}

function checkSignalValue(object: Fields, path: string, problems: Problems): Expression | undefined {
  const word = 'ago' in object ? 'ago' : 'within'
  problems.unknownFields(object, ['signal', word], path)
  const signal = checkSignal(object.signal, at(path, 'signal'), problems)
  if (object[word] === undefined) return signal && { signal }
  const ms = checkDuration(object[word], at(path, word), problems)
  if (signal === undefined || ms === undefined) return undefined
  if (ms === 0 || ms > LONGEST_WINDOW_MS) {
    const needed = `${describe(object[word])} is not possible: above zero, at most ${durationText(LONGEST_WINDOW_MS)}`
    return problems.add(at(path, word), 'RULES_DURATION_INVALID', needed)
  }
  return word === 'ago' ? { signal, ago: durationText(ms) } : { signal, within: durationText(ms) }
}
