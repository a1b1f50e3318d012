import fc from 'fast-check'
import { parseRuleSet, type RuleChange, type RuleData, type RuleSet, type RuleSetData } from '../src/index.ts'
import { ruleSets } from './arbitraries.ts'

const signature = { author: 'eng-7', reason: 'trial' }

// Rules that look at everything from the start, so that a rule which comes later finds what a model knows that has all readings.
const WITNESSES = (['spo2', 'heartRate'] as const).flatMap((signal) =>
  (['value', 'no-signal'] as const).map((zeros) => ({
    id: `seen-${signal}-${zeros}`,
    when: { signal, above: signal === 'spo2' ? '99 %' : '99 /min', count: 5, of: 5 },
    missing: 'hold',
    zeros,
  })),
)
const special = fc.constantFrom(
  { when: { known: { signal: 'spo2' } }, for: '2ms' },
  { when: { not: { known: { signal: 'heartRate' } } } },
  { when: { during: 'night' }, for: '3ms' },
  { when: { signal: 'spo2', below: '3 %' }, missing: 'raise' },
)
const given = fc.oneof(
  { weight: 3, arbitrary: ruleSets.map(({ rules }) => (({ id: _, ...rule }) => rule)(rules[0] as RuleData)) },
  { weight: 1, arbitrary: special },
)
const id = fc.constantFrom('r0', 'r1', 'r2', 'new')
const level = fc.integer({ min: 0, max: 4 })

/** A change of the rules without its signature, after so many of the readings and ms. */
export const steps = fc.array(
  fc.record({
    after: fc.nat({ max: 20 }),
    ms: fc.nat({ max: 4 }),
    what: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(id, given).map(([id, rule]) => ({ put: { rules: [{ ...rule, id }] } })) },
      { weight: 1, arbitrary: id.map((id) => ({ remove: [id] })) },
      { weight: 1, arbitrary: id.map((id) => ({ disable: [id] })) },
      { weight: 1, arbitrary: id.map((id) => ({ enable: [id] })) },
      { weight: 1, arbitrary: level.map((value) => ({ limits: { default: { 'spo2.high': { value, unit: '%' } } } })) },
      { weight: 1, arbitrary: fc.constant({ rollBack: 'first' }) },
    ),
  }),
  { maxLength: 6 },
)

export interface Change {
  readonly at: number
  readonly change: RuleChange
}

/** Changes at their times, each behind the reading that it comes after and before the next. */
export function changesOf(
  given: readonly (typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never)[],
  rows: readonly { time: number }[],
  first: string,
): Map<number, Change[]> {
  const byRow = new Map<number, Change[]>()
  const sorted = given.toSorted((a, b) => a.after - b.after || a.ms - b.ms)
  for (const [n, { after, ms, what }] of sorted.entries()) {
    const row = rows[after]
    if (row === undefined) continue
    const at = Math.min(row.time + ms, (rows[after + 1]?.time ?? Infinity) - 1)
    const change = { ...signature, id: `c${n}`, at, ...('rollBack' in what ? { rollBack: first } : what) } as RuleChange
    byRow.set(after, [...(byRow.get(after) ?? []), { at, change }])
  }
  return byRow
}

// Copies that never change keep the windows of rules that come and go.
export const baseOf = (data: RuleSetData): RuleSet => {
  const copies = data.rules.map((rule) => ({ ...rule, id: `copy-${rule.id}` }))
  return parseRuleSet({ ...data, format: 2, rules: [...data.rules, ...copies, ...WITNESSES] })
}
