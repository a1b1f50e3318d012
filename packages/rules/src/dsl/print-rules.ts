import { conditionText } from '../expression/condition-text.ts'
import { quantityText } from '../expression/quantity.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { ClearData, LimitsData, LimitTable, RuleData, RuleSetData } from '../schema/rule-data.ts'

/**
 * A checked rule set in words, in their canonical form: what `parseRules` reads back as the same rule set, of the same
 * version. Text in this form is printed as it was; comments and layout of other text are not kept.
 *
 * @example
 * ```ts
 * import { printRules, rule, ruleSet } from '@millrace/rules'
 *
 * const rules = ruleSet([rule('probe-off').whenSilent('spo2', '30s').technical().priority('low')])
 * printRules(rules) // => 'alarm probe-off technical\n  when no spo2 within 30s\n  priority low\n'
 * ```
 */
export function printRules(set: RuleSetData): string {
  const sections = [
    ...(set.limits === undefined ? [] : [limitsText(set.limits)]),
    ...(set.validFor === undefined ? [] : [validText(set.validFor)]),
    ...set.rules.map(ruleText),
  ]
  return sections.join('\n')
}

function limitsText(limits: LimitsData): string {
  const lines = tableLines('default', limits.default)
  for (const [who, table] of Object.entries(limits.wards ?? {}))
    lines.push(...tableLines(`ward ${nameText(who)}`, table))
  for (const [who, table] of Object.entries(limits.patients ?? {})) {
    lines.push(...tableLines(`patient ${nameText(who)}`, table))
  }
  return `limits\n${lines.join('')}`
}

function tableLines(whose: string, table: LimitTable): string[] {
  return Object.entries(table).map(([name, quantity]) => {
    const dot = name.indexOf('.')
    const signal = SIGNALS[name.slice(0, dot) as Signal].text
    return `  ${whose} ${signal}${name.slice(dot)} ${quantityText(quantity)}\n`
  })
}

function nameText(name: string): string {
  return /^[A-Za-z0-9][\w.-]*$/.test(name) ? name : JSON.stringify(name)
}

function validText(validFor: NonNullable<RuleSetData['validFor']>): string {
  return Object.entries(validFor)
    .map(([signal, duration]) => `valid ${SIGNALS[signal as Signal].text} for ${duration}\n`)
    .join('')
}

function ruleText(rule: RuleData): string {
  const because = rule.because === undefined ? '' : ` ${JSON.stringify(rule.because)}`
  const kind = rule.kind === undefined ? '' : ` ${rule.kind}`
  const lines = [
    `alarm ${rule.id}${because}${kind}`,
    `when ${conditionText(rule.when)}${forText(rule.for)}`,
    ...(rule.clear === undefined ? [] : [clearText(rule.clear)]),
    ...(rule.zeros === undefined ? [] : [`zeros ${rule.zeros}`]),
    ...(rule.missing === undefined ? [] : [`missing ${rule.missing}`]),
    `priority ${rule.priority}`,
  ]
  return `${lines.join('\n  ')}\n`
}

function clearText(clear: ClearData): string {
  return `clear${clear.when === undefined ? '' : ` when ${conditionText(clear.when)}`}${forText(clear.for)}`
}

function forText(delay: string | undefined): string {
  return delay === undefined ? '' : ` for ${delay}`
}
