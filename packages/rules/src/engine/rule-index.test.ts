import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import { ruleSets2 } from '../../test/engine-arbitraries.ts'
import { compileRuleSet } from '../compile/compile-rule-set.ts'
import { applyChange, type DeltaChange, parseRuleSet, type RuleData, ruleHistory } from '../index.ts'
import { limitTables } from './patient-limits.ts'
import { HEADER_LENGTH } from './patient-state.ts'
import { type RuleIndex, ruleIndex } from './rule-index.ts'
import type { RuleLists } from './rule-lists.ts'

/** What every slot lists, by what the slot is of and not by its number. */
function listed(index: RuleIndex): unknown {
  const places = (lists: RuleLists, slot: number): unknown[] => {
    const found: unknown[] = []
    for (let place = lists.slots[slot] as number; place < (lists.slots[slot + 1] as number); place++) {
      const three = [0, 1, 2].map((list) => [
        ...lists.rules.slice(lists.start(place, list), lists.start(place, list + 1)),
      ])
      found.push([lists.at[place], ...three])
    }
    return found
  }
  const slots = [
    ...index.channels.map(({ slot, offset }) => [`channel ${slot} at ${offset}`, slot] as const),
    ...index.counts.flat().map(({ slot, window, of }) => [`${of} of window ${window.offset}`, slot] as const),
  ]
  return Object.fromEntries(
    slots.map(([name, slot]) => {
      return [name, [index.touched, index.fixed, index.following].map((lists) => places(lists, slot))]
    }),
  )
}

const PATIENTS = ['p1', 'p2', 'p3']
const ownLimits = fc.dictionary(
  fc.constantFrom(...PATIENTS),
  fc.record(
    {
      'spo2.high': fc.integer({ min: 1, max: 4 }).map((value) => ({ value, unit: '%' })),
      'heartRate.high': fc.option(fc.integer({ min: 1, max: 4 }).map((value) => ({ value, unit: '/min' }))),
    },
    { requiredKeys: [] },
  ),
)

const sets = fc.oneof(ruleSets, ruleSets2)
const deltas = fc.oneof(
  sets.map(({ rules }) => ({ put: { rules: rules.map((rule, i): RuleData => ({ ...rule, id: `r${i + 1}` })) } })),
  fc.subarray(['r0', 'r1', 'r2', 'r3']).map((remove) => ({ remove })),
  fc.subarray(['r0', 'r1', 'r2', 'r3']).map((disable) => ({ disable })),
  fc.subarray(['r0', 'r1', 'r2', 'r3']).map((enable) => ({ enable })),
  { weight: 3, arbitrary: ownLimits.map((patients) => ({ limits: { patients } })) },
)

it('an index that follows from that of another version is as one that is made from nothing, and so are tables of limits', () => {
  let [accepted, counts] = [0, 0]
  fc.assert(
    fc.property(sets, fc.array(deltas, { maxLength: 8 }), (data, changes) => {
      const rules = parseRuleSet(data)
      let history = ruleHistory(rules)
      let compiled = compileRuleSet(rules, HEADER_LENGTH)
      let index = ruleIndex(compiled)
      const given = { names: compiled.limitNames, limits: rules.limits, signed: undefined, following: index.following }
      let tables = limitTables(given)
      let before = rules
      for (const [i, change] of changes.entries()) {
        const known = new Set(before.rules.map(({ id }) => id))
        const outcome = applyChange(history, {
          id: `c${i}`,
          at: 0,
          author: 'a',
          reason: 'b',
          ...within(change, known),
        })
        if (outcome.status !== 'accepted') continue
        accepted++
        counts += index.counts.flat().length
        const { rules: ruleSet } = outcome
        const signed = outcome.history.versions.at(-1)?.signed
        const next = compileRuleSet(ruleSet, HEADER_LENGTH, { ruleSet: before, compiled })
        index = ruleIndex(next, { set: compiled, index })
        const anew = ruleIndex(compileRuleSet(ruleSet, HEADER_LENGTH))
        expect(listed(index)).toEqual(listed(anew))
        const ofVersion = { names: next.limitNames, limits: ruleSet.limits, signed }
        tables = limitTables({ ...ofVersion, following: index.following }, tables)
        const tablesAnew = limitTables({ ...ofVersion, following: anew.following })
        for (const patient of [...PATIENTS, 'p4']) {
          for (const ward of [undefined, 'east', 'elsewhere']) {
            const [row, rowAnew] = [tables.of(patient, ward), tablesAnew.of(patient, ward)]
            expect(tables.limitsAt(row)).toEqual(tablesAnew.limitsAt(rowAnew))
            for (let nth = 0; nth < anew.following.at.length; nth++) {
              expect(tables.edgeAt(row, nth)).toBe(tablesAnew.edgeAt(rowAnew, nth))
              expect(tables.placeAt(row, nth)).toBe(tablesAnew.placeAt(rowAnew, nth))
            }
          }
        }
        history = outcome.history
        compiled = next
        before = ruleSet
      }
    }),
    { numRuns: 400 },
  )
  expect(accepted).toBeGreaterThan(200)
  expect(counts).toBeGreaterThan(100)
})

/** The change as far as it speaks of what is there. */
function within(change: Partial<DeltaChange>, known: ReadonlySet<string>): object {
  const there = (ids: readonly string[] | undefined) => ids?.filter((id) => known.has(id))
  const { remove, disable } = change
  return {
    ...change,
    ...(remove !== undefined && { remove: there(remove) }),
    ...(disable !== undefined && { disable: there(disable) }),
  }
}
