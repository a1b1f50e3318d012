import fc from 'fast-check'
import type { Condition, Reading, RuleData, RuleSetData } from '../src/index.ts'

const UNIT = { spo2: '%', heartRate: '/min' } as const
const signal = fc.constantFrom('spo2' as const, 'heartRate' as const)
const level = fc.integer({ min: 0, max: 3 })
const duration = fc.integer({ min: 0, max: 6 }).map((ms) => (ms === 0 ? '0s' : `${ms}ms`))

const operand = (name: 'spo2' | 'heartRate') =>
  fc.oneof(
    { weight: 4, arbitrary: level.map((value) => ({ value, unit: UNIT[name] })) },
    { weight: 1, arbitrary: fc.constant({ limit: `${name}.high` }) },
  )

const comparison: fc.Arbitrary<Condition> = signal.chain((name) =>
  fc
    .tuple(
      fc.oneof(
        fc
          .tuple(fc.constantFrom('below', 'atMost', 'above', 'atLeast'), operand(name))
          .map(([word, against]) => ({ [word]: against })),
        fc
          .tuple(fc.constantFrom('between', 'outside'), level, level)
          .map(([word, a, b]) => ({ [word]: [a, b].sort().map((value) => ({ value, unit: UNIT[name] })) })),
      ),
      fc.option(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 })), { nil: undefined, freq: 4 }),
    )
    .map(([word, count]) => {
      return {
        signal: name,
        ...word,
        ...(count && { count: count[0], of: count[0] + count[1] }),
      } as unknown as Condition
    }),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc.tuple(tie('condition'), tie('condition')).map((and) => ({ and })),
    fc.tuple(tie('condition'), tie('condition')).map((or) => ({ or })),
    tie('condition').map((not) => ({ not })),
  ),
}))

const clear = fc.record({ when: condition, for: duration }, { requiredKeys: [] })

const rule = fc.record(
  {
    when: condition,
    for: duration,
    clear,
    zeros: fc.constantFrom('value', 'no-signal'),
    missing: fc.constantFrom('break', 'hold'),
  },
  { requiredKeys: ['when'] },
)

const simpleRule = fc.record(
  {
    when: level.map((value) => ({ signal: 'spo2', atMost: { value, unit: UNIT.spo2 } })),
    for: duration,
    zeros: fc.constantFrom('value', 'no-signal'),
    missing: fc.constantFrom('break', 'hold'),
  },
  { requiredKeys: ['when', 'for'] },
)

/** Rule sets of one to four rules on two signals, with small levels and times so that much happens; not canonical. */
export const ruleSets: fc.Arbitrary<RuleSetData> = fc
  .record({
    // One simple rule leaves wide bands between the numbers that values are held against: what the engine skips.
    rules: fc.oneof(fc.tuple(simpleRule), fc.array(rule, { minLength: 1, maxLength: 4 })),
    validFor: fc.record({ spo2: duration, heartRate: duration }, { requiredKeys: [] }),
    limits: fc.tuple(level, level, level),
  })
  .map(({ rules, validFor, limits: [spo2, heartRate, own] }) => ({
    format: 1,
    rules: (rules as readonly object[]).map((rule, i) => ({ id: `r${i}`, ...rule }) as unknown as RuleData),
    validFor: validFor as never,
    limits: {
      default: { 'spo2.high': { value: spo2, unit: '%' }, 'heartRate.high': { value: heartRate, unit: '/min' } },
      patients: { p2: { 'spo2.high': { value: own, unit: '%' } } },
    },
  }))

const vital = fc.constantFrom(undefined, undefined, null, 0, 1, 2, 3, 4, Number.NaN)

/** Rows of two patients, mostly in order, some of one time, some late. */
export const readings: fc.Arbitrary<Reading[]> = fc
  .array(
    fc.record({
      patientId: fc.constantFrom('p1', 'p1', 'p2'),
      step: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.integer({ min: -6, max: -1 })),
      spo2: vital,
      heartRate: vital,
    }),
    { maxLength: 25 },
  )
  .map((rows) => {
    let time = 100
    return rows.map(({ step, ...row }) => {
      time += step
      return { ...row, time }
    })
  })
