import type { RulesErrorCode } from '../errors.ts'
import type { Misnamed } from './closest-name.ts'
import { differenceOf, equalMeasures, type Measure, measureName } from './measure.ts'
import type { Resolved, ValueType } from './resolved.ts'
import { canonicalValue } from './unit-term.ts'

/** Told of each mistake, with the path to it, and the name that stands for nothing where it is one. */
export type Report = (path: string, code: RulesErrorCode, message: string, misnamed?: Misnamed) => void

/** A text or a measure, in words. */
export function typeName(type: ValueType): string {
  return type === 'text' ? 'text' : measureName(type)
}

/** The constant as a difference, where it is a temperature that was taken for a point on its scale. */
export function asDifference(node: Resolved): Resolved {
  if (node.kind !== 'constant' || !node.type.isPoint) return node
  const { value, unit } = node.quantity
  return { ...node, type: differenceOf(node.type), value: canonicalValue(value, unit, false) as number }
}

/** Whether two values can be compared, added or chosen from, a temperature that is written out becoming what fits. */
export function reconcile(left: Resolved, right: Resolved): readonly [Resolved, Resolved] | undefined {
  if (left.type === 'text' || right.type === 'text') return left.type === right.type ? [left, right] : undefined
  if (equalMeasures(left.type, right.type)) return [left, right]
  const [a, b] = [asDifference(left), asDifference(right)]
  return equalMeasures(a.type as Measure, b.type as Measure) ? [a, b] : undefined
}

/** A name in quotes, short enough for a message. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name)
}
