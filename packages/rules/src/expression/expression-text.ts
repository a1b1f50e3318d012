import type { Expression, WindowCall, WindowFunction } from './expression.ts'
import { quantityText } from './quantity.ts'
import { SIGNALS, type Signal } from './signals.ts'

/** An expression in words: `mean(heart-rate over 1m) - 20 /min`. */
export function expressionText(expression: Expression): string {
  if ('value' in expression) return expression.unit === '1' ? String(expression.value) : quantityText(expression)
  if ('limit' in expression) return `limit(${limitText(expression.limit)})`
  if ('text' in expression) return JSON.stringify(expression.text)
  if ('attribute' in expression) return expression.attribute
  if ('use' in expression) return expression.use
  if ('op' in expression) {
    const { op, left, right } = expression
    return `${operandText(left, rankOf(op), false)} ${op} ${operandText(right, rankOf(op), true)}`
  }
  if ('args' in expression) return `${expression.call}(${expression.args.map(expressionText).join(', ')})`
  if ('call' in expression) return windowText(expression)
  const signal = SIGNALS[expression.signal].text
  if ('ago' in expression) return `${signal} ${expression.ago} ago`
  return expression.within === undefined ? signal : `${signal} within ${expression.within}`
}

/** `heartRate.high`, as a text names it: `heart-rate.high`. */
export function limitText(limit: string): string {
  const dot = limit.indexOf('.')
  return SIGNALS[limit.slice(0, dot) as Signal].text + limit.slice(dot)
}

/** A function's name in a text. */
export function windowFunctionText(call: WindowFunction): string {
  return call === 'timeInRange' ? 'time-in-range' : call
}

// What is read from the left needs no parentheses there: a - b - c is (a - b) - c.
function operandText(operand: Expression, rank: number, isRight: boolean): string {
  const text = expressionText(operand)
  if (!('op' in operand)) return text
  const own = rankOf(operand.op)
  return own < rank || (isRight && own === rank) ? `(${text})` : text
}

function rankOf(op: string): number {
  return op === '*' || op === '/' ? 2 : 1
}

function windowText({ call, signal, over, atLeast, between }: WindowCall): string {
  const range = between === undefined ? '' : ` between ${between.map(expressionText).join(' and ')}`
  const least = atLeast === undefined ? '' : `, at least ${atLeast}`
  return `${windowFunctionText(call)}(${SIGNALS[signal].text}${range} over ${over}${least})`
}
