import type { ArithmeticOperator } from './expression.ts'
import { differenceOf, equalMeasures, isTemperature, type Measure, times } from './measure.ts'
import { asDifference, type Report, typeName } from './reconcile.ts'
import type { Resolved } from './resolved.ts'

type Operands = readonly [left: Resolved, right: Resolved, type: Measure]

/**
 * Puts two values together. Of temperatures: a point less a point is a difference, a point and a difference are a point. One
 * that is written out is what fits: less `37 Cel` is a difference from it, less `1 K` is one degree lower.
 */
export function resolveArithmetic(
  op: ArithmeticOperator,
  left: Resolved,
  right: Resolved,
  path: string,
  report: Report,
): Resolved | undefined {
  const found = op === '*' || op === '/' ? factors(op, left, right) : op === '+' ? sum(left, right) : less(left, right)
  if (found === undefined) {
    report(path, 'RULES_TYPE_MISMATCH', `${typeName(left.type)} ${op} ${typeName(right.type)} says nothing`)
    return undefined
  }
  return { kind: 'arithmetic', type: found[2], op, left: found[0], right: found[1] }
}

function factors(op: '*' | '/', left: Resolved, right: Resolved): Operands | undefined {
  const [a, b] = [asDifference(left), asDifference(right)]
  if (a.type === 'text' || b.type === 'text' || a.type.isPoint || b.type.isPoint) return undefined
  return [a, b, times(a.type, b.type, op === '*' ? 1 : -1)]
}

function sum(left: Resolved, right: Resolved): Operands | undefined {
  const b = asDifference(right)
  if (left.type === 'text' || b.type === 'text') return undefined
  if (left.type.isPoint && left.kind !== 'constant') return isDegrees(b.type) ? [left, b, left.type] : undefined
  const a = asDifference(left)
  if (b.type.isPoint) return isDegrees(a.type as Measure) ? [a, b, b.type] : undefined
  return equalMeasures(a.type as Measure, b.type) ? [a, b, b.type] : undefined
}

function less(left: Resolved, right: Resolved): Operands | undefined {
  if (left.type === 'text' || right.type === 'text') return undefined
  if (!left.type.isPoint) {
    const b = asDifference(right)
    return equalMeasures(left.type, b.type as Measure) ? [left, b, left.type] : undefined
  }
  const b = right.kind === 'constant' && right.quantity.unit === 'K' ? asDifference(right) : right
  const type = b.type as Measure
  if (type.isPoint) return [left, b, differenceOf(type)]
  return isDegrees(type) ? [left, b, left.type] : undefined
}

function isDegrees(type: Measure): boolean {
  return !type.isPoint && isTemperature(type)
}
