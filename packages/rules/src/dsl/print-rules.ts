import { type Condition, isCondition } from '../expression/condition.ts'
import { conditionText } from '../expression/condition-text.ts'
import type { Expression } from '../expression/expression.ts'
import { expressionText, limitText } from '../expression/expression-text.ts'
import { quantityText } from '../expression/quantity.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { BandTable } from '../schema/band-table.ts'
import type { ClearData, LimitsData, LimitTable, OwnLimit, RuleData, RuleSetData } from '../schema/rule-data.ts'
import type { NotifyStep } from '../schema/rule-life.ts'
import type { Schedule } from '../schema/schedule.ts'

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
    ...namesText(set.attributes, (name, type) => `attribute ${name} ${type}`),
    ...namesText(set.schedules, (name, schedule) => `schedule ${name} ${scheduleText(schedule)}`),
    ...(set.limits === undefined ? [] : [limitsText(set.limits)]),
    ...namesText(set.validFor, (signal, time) => `valid ${SIGNALS[signal as Signal].text} for ${time}`),
    ...namesText(set.definitions, (name, definition) => `define ${name} as ${definitionText(definition)}`),
    ...(set.tables ?? []).map(tableText),
    ...set.rules.map(alarmText),
  ]
  return sections.join('\n')
}

/** A line for each entry, together one section; none where there are no entries. */
function namesText<T>(
  table: Readonly<Record<string, T>> | undefined,
  line: (name: string, entry: T) => string,
): string[] {
  const lines = Object.entries(table ?? {}).map(([name, entry]) => `${line(name, entry)}\n`)
  return lines.length === 0 ? [] : [lines.join('')]
}

function scheduleText({ from, to, days, zone }: Schedule): string {
  const on = days === undefined ? '' : ` on ${days.join(', ')}`
  if (typeof zone === 'string') return `from ${from} to ${to}${on} in ${zone}`
  const wards = Object.entries(zone.wards).map(([ward, zone]) => `, ward ${nameText(ward)} in ${zone}`)
  return `from ${from} to ${to}${on} in ${zone.default}${wards.join('')}`
}

function definitionText(definition: Expression | Condition): string {
  return isCondition(definition) ? conditionText(definition) : expressionText(definition)
}

function limitsText(limits: LimitsData): string {
  const lines = tableLines('default', limits.default)
  for (const [name, own] of Object.entries(limits.own ?? {})) lines.push(`  own ${limitText(name)}${ownText(own)}\n`)
  for (const [who, table] of Object.entries(limits.wards ?? {}))
    lines.push(...tableLines(`ward ${nameText(who)}`, table))
  for (const [who, table] of Object.entries(limits.patients ?? {})) {
    lines.push(...tableLines(`patient ${nameText(who)}`, table))
  }
  return `limits\n${lines.join('')}`
}

function ownText({ between, longest }: OwnLimit): string {
  const range = between === undefined ? '' : ` between ${between.map(quantityText).join(' and ')}`
  return longest === undefined ? range : `${range} for at most ${longest}`
}

function tableLines(whose: string, table: LimitTable): string[] {
  return Object.entries(table).map(([name, quantity]) => {
    return `  ${whose} ${limitText(name)} ${quantityText(quantity)}\n`
  })
}

/** An id as it is, what has other characters in quotes. */
function nameText(name: string): string {
  return /^[A-Za-z0-9][\w.-]*$/.test(name) ? name : JSON.stringify(name)
}

function tableText({ id, by, rows }: BandTable): string {
  const lines = rows.map((row) => {
    const group = row.by === undefined ? '' : ` ${by} from ${quantityText(row.by)}`
    const from = row.from === undefined ? '' : ` from ${quantityText(row.from)}`
    const because = row.because === undefined ? '' : ` ${JSON.stringify(row.because)}`
    return `  row ${row.id} ${SIGNALS[row.signal].text}${group}${from} ${row.priority ?? 'normal'}${because}\n`
  })
  return `table ${id} by ${by}\n${lines.join('')}`
}

function alarmText(rule: RuleData): string {
  const because = rule.because === undefined ? '' : ` ${JSON.stringify(rule.because)}`
  const kind = rule.kind === undefined ? '' : ` ${rule.kind}`
  const lines = [
    `alarm ${rule.id}${because}${kind}`,
    `when ${conditionText(rule.when)}${forText(rule.for)}`,
    ...(rule.clear === undefined ? [] : [clearText(rule.clear)]),
    ...(rule.zeros === undefined ? [] : [`zeros ${rule.zeros}`]),
    ...(rule.missing === undefined ? [] : [`missing ${rule.missing}`]),
    `priority ${rule.priority}`,
    ...(rule.latching === undefined ? [] : ['latching']),
    ...(rule.rearm === undefined ? [] : [`rearm after ${rule.rearm}`]),
    ...(rule.suppressedBy === undefined ? [] : [`suppressed by ${rule.suppressedBy.join(', ')}`]),
    ...(rule.notify === undefined ? [] : [rule.notify.map(stepText).join('; ')]),
  ]
  return `${lines.join('\n  ')}\n`
}

function clearText(clear: ClearData): string {
  return `clear${clear.when === undefined ? '' : ` when ${conditionText(clear.when)}`}${forText(clear.for)}`
}

function forText(delay: string | undefined): string {
  return delay === undefined ? '' : ` for ${delay}`
}

function stepText({ to, after, unless, during }: NotifyStep): string {
  const when = [
    ...(after === undefined ? [] : [`after ${after}`]),
    ...(unless === undefined ? [] : [`unless ${unless}`]),
    ...(during === undefined ? [] : [`during ${during}`]),
  ]
  return [...when, `notify ${to.join(', ')}`].join(' ')
}
