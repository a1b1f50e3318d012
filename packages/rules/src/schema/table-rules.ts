import type { Condition } from '../expression/condition.ts'
import type { Quantity } from '../expression/quantity.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import type { BandTable, TableRow } from './band-table.ts'
import { PRIORITIES, type Priority, type RuleData, type RuleSetData } from './rule-data.ts'

/** The rules of a set: those that are written, then those that its tables stand for, in their order. */
export function allRules(set: Pick<RuleSetData, 'rules' | 'tables'>): readonly RuleData[] {
  return set.tables === undefined ? set.rules : [...set.rules, ...set.tables.flatMap(rulesOf)]
}

// A table in canonical form never changes: neither do its rules.
const made = new WeakMap<BandTable, readonly RuleData[]>()

/** A table's rules; the same objects each time. */
export function rulesOf(table: BandTable): readonly RuleData[] {
  const known = made.get(table)
  if (known !== undefined) return known
  const rules = rulesFrom(table)
  made.set(table, rules)
  return rules
}

function rulesFrom(table: BandTable): RuleData[] {
  const signals = [...new Set(table.rows.map(({ signal }) => signal))]
  return [
    ...table.rows.flatMap((row, i) => ruleOf(table, row, i)),
    ...signals.map((signal) => unknownOf(table, signal)),
  ]
}

function ruleOf({ id, by, rows }: BandTable, row: TableRow, i: number): RuleData[] {
  const { signal, priority, because } = row
  if (priority === undefined) return []
  const next = rows[i + 1]
  const isNextOfGroup = next?.signal === signal && sameQuantity(next.by, row.by)
  const nextGroup = rows.slice(i).find((one) => one.signal === signal && !sameQuantity(one.by, row.by))
  const conditions: Condition[] = [
    ...(row.by === undefined ? [] : [{ expression: { attribute: by }, atLeast: row.by } as const]),
    ...(nextGroup?.by === undefined ? [] : [{ expression: { attribute: by }, below: nextGroup.by } as const]),
    ...(row.from === undefined ? [] : [{ signal, atLeast: row.from } as const]),
    ...(isNextOfGroup && next?.from !== undefined ? [{ signal, below: next.from } as const] : []),
  ]
  // A row that is for every value of every patient holds as soon as there is one.
  const [first = { known: { signal } }, ...more] = conditions
  return [
    {
      id: `${id}.${row.id}`,
      priority,
      ...(because !== undefined && { because }),
      when: more.length === 0 ? first : { and: conditions },
    },
  ]
}

function unknownOf({ id, by, rows }: BandTable, signal: Signal): RuleData {
  const named = rows.filter((row) => row.signal === signal).map(({ priority }) => priority)
  const priority: Priority = PRIORITIES.find((one) => named.includes(one)) ?? 'low'
  return {
    id: `${id}.${SIGNALS[signal].text}.unknown`,
    kind: 'technical',
    priority,
    because: `No row is for this patient: ${SIGNALS[signal].text} or ${by} is unknown`,
    when: { or: [{ not: { known: { signal } } }, { not: { known: { attribute: by } } }] },
  }
}

function sameQuantity(left: Quantity | undefined, right: Quantity | undefined): boolean {
  return left?.value === right?.value && left?.unit === right?.unit
}
