import {
  type Comparison,
  type Condition,
  isComparison,
  isLimitReference,
  isSilence,
  type Operand,
  type Relation,
  relationsOf,
  type Silence,
} from './condition.ts'
import { quantityText } from './quantity.ts'
import { SIGNALS, type Signal } from './signals.ts'

/** A condition in words, as an alarm shows it: `3 of 5 systolic < 90 mm[Hg]`. */
export function conditionText(when: Condition | Silence): string {
  if (isSilence(when)) return `no ${when.silent === 'any' ? 'signal' : SIGNALS[when.silent].text} within ${when.within}`
  if (isComparison(when)) return comparisonText(when)
  if ('not' in when) return `not ${inParentheses(when.not)}`
  if ('and' in when) return when.and.map(inParentheses).join(' and ')
  return when.or.map(inParentheses).join(' or ')
}

function inParentheses(condition: Condition): string {
  const text = conditionText(condition)
  return isComparison(condition) ? text : `(${text})`
}

function comparisonText(comparison: Comparison): string {
  const counted = comparison.count === undefined ? '' : `${comparison.count} of ${comparison.of} `
  return `${counted}${SIGNALS[comparison.signal].text} ${relationText(comparison)}`
}

function relationText(comparison: Comparison): string {
  if ('between' in comparison) return `between ${comparison.between.map(operandText).join(' and ')}`
  if ('outside' in comparison) return `outside ${comparison.outside.map(operandText).join(' and ')}`
  const [relation, operand] = relationsOf(comparison).relations[0] as readonly [Relation, Operand]
  return `${relation} ${operandText(operand)}`
}

function operandText(operand: Operand): string {
  if (!isLimitReference(operand)) return quantityText(operand)
  const dot = operand.limit.indexOf('.')
  const signal = operand.limit.slice(0, dot) as Signal
  return `limit(${SIGNALS[signal].text}${operand.limit.slice(dot)})`
}
