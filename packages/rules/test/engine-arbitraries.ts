import fc from 'fast-check'
import type { Condition, Expression, Reading, RuleData, RuleSetData } from '../src/index.ts'

const UNIT = { spo2: '%', heartRate: '/min' } as const
type Name = keyof typeof UNIT
const OTHER: Readonly<Record<Name, Name>> = { spo2: 'heartRate', heartRate: 'spo2' }

const shortTime = fc.integer({ min: 1, max: 12 }).map((ms) => `${ms}ms`)
const delay = fc.integer({ min: 0, max: 6 }).map((ms) => `${ms}ms`)
const level = fc.integer({ min: 0, max: 4 })
const name = fc.constantFrom<Name>('spo2', 'heartRate')

/** Values of one signal that measure what the signal does, as a point. */
const ofSignal = (signal: Name): fc.Arbitrary<Expression> =>
  fc.oneof(
    fc.constant({ signal }),
    shortTime.map((within) => ({ signal, within })),
    shortTime.map((ago) => ({ signal, ago })),
    fc.record(
      {
        call: fc.constantFrom('mean', 'median', 'min', 'max', 'first', 'last', 'sum', 'rise', 'fall', 'variability'),
        signal: fc.constant(signal),
        over: shortTime,
        atLeast: fc.integer({ min: 2, max: 3 }),
      },
      { requiredKeys: ['call', 'signal', 'over'] },
    ) as fc.Arbitrary<Expression>,
    fc.constantFrom('24ms', '48ms').map((over) => ({ call: 'baseline', signal, over }) as Expression),
  )

const quantity = (signal: Name): fc.Arbitrary<Expression> => level.map((value) => ({ value, unit: UNIT[signal] }))

const compound = (signal: Name): fc.Arbitrary<Expression> =>
  fc.oneof(
    { weight: 3, arbitrary: ofSignal(signal) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('+', '-'), ofSignal(signal), fc.oneof(ofSignal(signal), quantity(signal)))
        .map(([op, left, right]) => ({ op, left, right }) as Expression),
    },
    // Of two signals, as many times the one as the other says, or its part.
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('*', '/'), ofSignal(signal), ofSignal(OTHER[signal]))
        .map(([op, left, other]) => {
          const right = { op: '/', left: other, right: { value: 1, unit: UNIT[OTHER[signal]] } }
          return { op, left, right } as Expression
        }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('least', 'greatest'), ofSignal(signal), ofSignal(signal))
        .map(([call, ...args]) => ({ call, args }) as Expression),
    },
    { weight: 1, arbitrary: fc.constant<Expression>({ limit: `${signal}.high` }) },
  )

const comparison: fc.Arbitrary<Condition> = name.chain((signal) =>
  fc
    .tuple(
      compound(signal),
      fc.oneof(
        fc
          .tuple(
            fc.constantFrom('below', 'atMost', 'above', 'atLeast', 'equals', 'differs'),
            fc.oneof(quantity(signal), compound(signal)),
          )
          .map(([word, operand]) => ({ [word]: operand })),
        fc
          .tuple(fc.constantFrom('between', 'outside'), quantity(signal), compound(signal))
          .map(([word, low, high]) => ({ [word]: [low, high] })),
        fc.array(quantity(signal), { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf })),
      ),
    )
    .map(([expression, word]) => ({ expression, ...word }) as unknown as Condition),
)

const special: fc.Arbitrary<Condition> = fc.oneof(
  name.chain((signal) => compound(signal)).map((known) => ({ known })),
  fc.constant({ known: { attribute: 'age' } }),
  fc.constantFrom('night', 'day', 'rest').map((during) => ({ during })),
  fc.constant({ expression: { attribute: 'pathway' }, oneOf: [{ text: 'sepsis' }, { text: 'stroke' }] }),
  level.map((age) => ({ expression: { attribute: 'score' }, above: { value: age, unit: '1' } })),
  fc.constantFrom('tall').map((use) => ({ use })),
  name.chain((signal) =>
    fc.tuple(shortTime, fc.integer({ min: 1, max: 3 })).map(([over, value]) => ({
      expression: { call: 'count', signal, over } as Expression,
      atLeast: { value, unit: '1' },
    })),
  ),
  name.chain((signal) =>
    fc.tuple(shortTime, level, level, fc.constantFrom(20, 50, 100)).map(([over, low, size, share]) => ({
      expression: {
        call: 'timeInRange',
        signal,
        between: [
          { value: low, unit: UNIT[signal] },
          { value: low + size, unit: UNIT[signal] },
        ],
        over,
      } as Expression,
      below: { value: share, unit: '%' },
    })),
  ),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    special,
    fc.tuple(tie('condition'), tie('condition')).map((and) => ({ and })),
    fc.tuple(tie('condition'), tie('condition')).map((or) => ({ or })),
    tie('condition').map((not) => ({ not })),
    fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.array(tie('condition'), { minLength: 2, maxLength: 3 }))
      .map(([atLeastOf, conditions]) => ({ atLeastOf, conditions })),
  ),
}))

const rule = fc.record(
  {
    when: condition,
    for: delay,
    clear: fc.record({ when: condition, for: delay }, { requiredKeys: [] }),
    zeros: fc.constantFrom('value', 'no-signal'),
    missing: fc.constantFrom('break', 'hold', 'raise'),
  },
  { requiredKeys: ['when'] },
)

/** Rule sets of format 2 with small times and levels; nights are times of a day of the model, in UTC. */
export const ruleSets2: fc.Arbitrary<RuleSetData> = fc
  .record({
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
    validFor: fc.record({ spo2: delay, heartRate: delay }, { requiredKeys: [] }),
    limits: fc.tuple(level, level, fc.option(level)),
  })
  .map(({ rules, validFor, limits: [spo2, heartRate, east] }) => ({
    format: 2,
    rules: rules.map((one, i) => ({ id: `r${i}`, ...one }) as unknown as RuleData),
    validFor: validFor as never,
    attributes: { score: 'number' },
    schedules: {
      night: { from: '23:59', to: '00:00', zone: 'UTC' },
      day: { from: '00:00', to: '12:00', zone: 'UTC' },
      // At midnight in UTC it begins, or ends in the ward whose clocks are an hour ahead.
      rest: { from: '00:00', to: '01:00', zone: { wards: { east: 'Etc/GMT-1' }, default: 'UTC' } },
    },
    definitions: { tall: { expression: { signal: 'spo2' }, above: { signal: 'spo2', ago: '3ms' } } as Condition },
    limits: {
      default: { 'spo2.high': { value: spo2, unit: '%' }, 'heartRate.high': { value: heartRate, unit: '/min' } },
      ...(east !== null && { wards: { east: { 'spo2.high': { value: east, unit: '%' } } } }),
    },
  }))

const vital = fc.constantFrom(undefined, undefined, null, 0, 1, 2, 3, 4)

/** Rows around midnight, mostly in order, some of one time, some late. */
export const readings2: fc.Arbitrary<Reading[]> = fc
  .array(
    fc.record({
      step: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.integer({ min: -6, max: -1 })),
      spo2: vital,
      heartRate: vital,
      ward: fc.option(fc.constantFrom('east', 'west'), { nil: undefined, freq: 2 }),
      attributes: fc.option(
        fc.record(
          {
            age: fc.constantFrom(null, 40),
            score: fc.constantFrom(null, 0, 1, 2, 3),
            pathway: fc.constantFrom(null, 'sepsis', 'other'),
          },
          { requiredKeys: [] },
        ),
        { nil: undefined, freq: 2 },
      ),
    }),
    { maxLength: 20 },
  )
  .map((rows) => {
    let time = 10 * 86_400_000 - 20
    return rows.map(({ step, attributes, ...row }) => {
      time += step
      return { patientId: 'p1', ...row, ...(attributes && { attributes }), time } as Reading
    })
  })
