import {
  type Comparison,
  type Condition,
  type ExpressionComparison,
  isAtLeastOf,
  isComparison,
  isDuring,
  isExpressionComparison,
  isKnown,
  isSilence,
  isUse,
  type Silence,
} from './condition.ts'
import type { Expression } from './expression.ts'
import { expressionText } from './expression-text.ts'
import { SIGNALS } from './signals.ts'

/** A condition in words, as an alarm shows it: `3 of 5 systolic < 90 mm[Hg]`. */
export function conditionText(when: Condition | Silence): string {
  if (isSilence(when)) return `no ${when.silent === 'any' ? 'signal' : SIGNALS[when.silent].text} within ${when.within}`
  if (isComparison(when)) return comparisonText(when)
  if (isExpressionComparison(when)) return `${expressionText(when.expression)} ${relationText(when)}`
  if (isKnown(when)) return `${expressionText(when.known)} is known`
  if (isDuring(when)) return `during ${when.during}`
  if (isUse(when)) return when.use
  if (isAtLeastOf(when)) return `${when.atLeastOf} of (${when.conditions.map(conditionText).join(', ')})`
  if ('not' in when) return negationText(when.not)
  if ('and' in when) return when.and.map(inParentheses).join(' and ')
  return when.or.map(inParentheses).join(' or ')
}

function negationText(condition: Condition): string {
  return isKnown(condition) ? `${expressionText(condition.known)} is unknown` : `not ${inParentheses(condition)}`
}

function inParentheses(condition: Condition): string {
  const text = conditionText(condition)
  return 'and' in condition || 'or' in condition || ('not' in condition && !isKnown(condition.not)) ? `(${text})` : text
}

function comparisonText(comparison: Comparison): string {
  const counted = comparison.count === undefined ? '' : `${comparison.count} of ${comparison.of} `
  return `${counted}${SIGNALS[comparison.signal].text} ${relationText(comparison)}`
}

function relationText(comparison: Comparison | ExpressionComparison): string {
  if ('below' in comparison) return `< ${expressionText(comparison.below)}`
  if ('atMost' in comparison) return `<= ${expressionText(comparison.atMost)}`
  if ('above' in comparison) return `> ${expressionText(comparison.above)}`
  if ('atLeast' in comparison) return `>= ${expressionText(comparison.atLeast)}`
  if ('equals' in comparison) return `= ${expressionText(comparison.equals)}`
  if ('differs' in comparison) return `!= ${expressionText(comparison.differs)}`
  if ('oneOf' in comparison) return `in (${comparison.oneOf.map(expressionText).join(', ')})`
  const [word, ends] = 'between' in comparison ? ['between', comparison.between] : ['outside', comparison.outside]
  return `${word} ${(ends as readonly Expression[]).map(expressionText).join(' and ')}`
}
