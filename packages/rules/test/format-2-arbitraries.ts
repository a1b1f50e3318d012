import fc from 'fast-check'
import type { Expression } from '../src/expression/expression.ts'
import type { Condition, RuleData, RuleSetData, Signal } from '../src/index.ts'

// Whole rule sets of format 2, not canonical, all of them to be accepted: what is put together fits by its measure.

/** The measures that values are made in, each with units to write it in. */
const UNITS = {
  rate: ['/min', 'Hz', '{beats}/min', '/h'],
  pressure: ['mm[Hg]', 'kPa', 'cm[H2O]'],
  fraction: ['%', '%{of all}'],
  point: ['Cel', '[degF]', 'K'],
  difference: ['K'],
  number: ['1', '{score}'],
  time: ['a', 'h', 'mo'],
  slope: ['mm[Hg]/min', 'kPa/h'],
} as const
type Kind = keyof typeof UNITS

const SIGNALS_OF: { readonly [K in Kind]?: readonly Signal[] } = {
  rate: ['heartRate', 'pulseRate', 'respiratoryRate'],
  pressure: ['systolic', 'diastolic', 'meanArterialPressure'],
  fraction: ['spo2'],
  point: ['temperature'],
}
const LIMITS: { readonly [K in Kind]?: string } = {
  rate: 'heartRate.high',
  pressure: 'systolic.low',
  fraction: 'spo2.low',
}

const number = fc.oneof(fc.integer({ min: -500, max: 500 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
const duration = fc.oneof(
  fc.integer({ min: 1, max: 86_400_000 }),
  fc.constantFrom('30s', '5m', '1h', '24h', '1d', '1500ms'),
)
const delay = fc.oneof(duration, fc.constantFrom('0s', 0))
const atLeast = fc.option(fc.integer({ min: 2, max: 10_000 }), { nil: undefined })

const quantityOf = (kind: Kind) =>
  fc.tuple(number, fc.constantFrom(...UNITS[kind])).map(([value, unit]) => ({ value, unit }))

const plainOf = (kind: Kind) => {
  const limit = LIMITS[kind]
  return limit === undefined ? quantityOf(kind) : fc.oneof(quantityOf(kind), fc.constant({ limit }))
}

function windowOf(kind: Kind): fc.Arbitrary<object>[] {
  const call = (calls: readonly string[], signals: readonly Signal[]) =>
    fc
      .record({
        call: fc.constantFrom(...calls),
        signal: fc.constantFrom(...signals),
        over: duration,
        atLeast,
      })
      .map(({ atLeast, ...rest }) => ({ ...rest, ...(atLeast !== undefined && { atLeast }) }))
  const own = SIGNALS_OF[kind]
  const baseline = (signals: readonly Signal[]) =>
    fc
      .tuple(fc.constantFrom(...signals), fc.integer({ min: 1, max: 100_000_000 }))
      .map(([signal, slice]) => ({ call: 'baseline', signal, over: 24 * slice }))
  const plain = ['mean', 'median', 'min', 'max', 'first', 'last', ...(kind === 'point' ? [] : ['sum'])]
  const differences = ['rise', 'fall', 'variability']
  return [
    ...(own === undefined ? [] : [call(plain, own), baseline(own)]),
    ...(own === undefined || kind === 'point' ? [] : [call(differences, own)]),
    ...(kind === 'difference' ? [call(differences, ['temperature'])] : []),
    ...(kind === 'slope' ? [call(['slope'], SIGNALS_OF.pressure as readonly Signal[])] : []),
    ...(kind === 'number' ? [call(['count'], ['spo2', 'temperature', 'heartRate'])] : []),
    ...(kind === 'fraction' ? [timeInRange('pressure'), timeInRange('rate')] : []),
  ]
}

/** Two ends; of two quantities the first is not the greater. */
function rangeOf<T extends object>(kind: Kind, end: fc.Arbitrary<T>): fc.Arbitrary<readonly object[]> {
  const ordered = fc.tuple(number, number, fc.constantFrom(...UNITS[kind])).map(([a, b, unit]) => {
    return [Math.min(a, b), Math.max(a, b)].map((value) => ({ value, unit }))
  })
  const mixed = fc.tuple(end, end).filter((ends) => !ends.every((one) => 'value' in one || 'use' in one))
  return fc.oneof(ordered, mixed)
}

function timeInRange(kind: Kind): fc.Arbitrary<object> {
  return fc.record({
    call: fc.constant('timeInRange'),
    signal: fc.constantFrom(...(SIGNALS_OF[kind] as readonly Signal[])),
    over: duration,
    between: rangeOf(kind, plainOf(kind)),
  })
}

function signalOf(kind: Kind): fc.Arbitrary<object>[] {
  const signals = SIGNALS_OF[kind]
  if (signals === undefined) return []
  const signal = fc.constantFrom(...signals)
  return [fc.record({ signal }), fc.record({ signal, within: duration }), fc.record({ signal, ago: duration })]
}

/** Names that every set of these has, by what they stand for. */
const NAMED: { readonly [K in Kind]?: readonly Expression[] } = {
  rate: [{ use: 'own-rate' }],
  number: [{ attribute: 'score' }, { use: 'ratio' }],
  time: [{ attribute: 'age' }],
}

type Values = { readonly [K in Kind]: object }

const { values } = fc.letrec<{ values: object } & Values>((tie) => {
  const leaves = (kind: Kind): fc.Arbitrary<object>[] => [
    // A temperature that is written out is a point on its scale, until it meets a difference.
    ...(kind === 'difference' ? [] : [quantityOf(kind)]),
    ...(LIMITS[kind] === undefined ? [] : [fc.constant({ limit: LIMITS[kind] as string })]),
    ...signalOf(kind),
    ...windowOf(kind),
    ...(NAMED[kind] ?? []).map((named) => fc.constant(named)),
  ]
  const scalar = (kind: Kind): fc.Arbitrary<object>[] => [
    fc
      .tuple(fc.constantFrom('least', 'greatest'), fc.array(tie(kind), { minLength: 2, maxLength: 3 }))
      .map(([call, args]) => ({ call, args })),
    ...(kind === 'point' ? [] : [tie(kind).map((arg) => ({ call: 'abs', args: [arg] }))]),
  ]
  const arithmetic = (kind: Kind): fc.Arbitrary<object>[] => {
    const of = (op: string, left: Kind, right: Kind) =>
      fc.tuple(tie(left), tie(right)).map(([left, right]) => ({ op, left, right }))
    if (kind === 'point') {
      // What is written out could be a degree or a difference of one: a signal says which is meant.
      return [tie('difference').map((right) => ({ op: '+', left: { signal: 'temperature' }, right }))]
    }
    return [
      of('+', kind, kind),
      of('-', kind, kind),
      of('*', kind, 'number'),
      of('*', 'number', kind),
      of('/', kind, 'number'),
      ...(kind === 'number' ? [of('/', 'pressure', 'pressure'), of('*', 'rate', 'time')] : []),
      ...(kind === 'slope' ? [of('/', 'pressure', 'time'), of('*', 'pressure', 'rate')] : []),
      ...(kind === 'difference'
        ? [
            tie('point')
              .filter((right) => !('value' in right))
              .map((right) => ({ op: '-', left: { signal: 'temperature' }, right })),
            fc
              .tuple(fc.constantFrom('+', '-'), tie('difference'), quantityOf('difference'))
              .map(([op, left, right]) => ({ op, left, right })),
          ]
        : []),
    ]
  }
  const one = (kind: Kind) =>
    fc.oneof({ depthSize: 'small', withCrossShrink: true }, ...leaves(kind), ...scalar(kind), ...arithmetic(kind))
  const kinds = Object.keys(UNITS) as Kind[]
  return {
    ...(Object.fromEntries(kinds.map((kind) => [kind, one(kind)])) as { [K in Kind]: fc.Arbitrary<object> }),
    values: fc.record(Object.fromEntries(kinds.map((kind) => [kind, tie(kind)]))) as fc.Arbitrary<object>,
  }
}) as unknown as { values: fc.Arbitrary<{ readonly [K in Kind]: Expression }> }

const valueOfKind = (kind: Kind): fc.Arbitrary<Expression> => values.map((all) => all[kind])
const kind = fc.constantFrom(...(Object.keys(UNITS) as Kind[]))
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('sepsis', '"', '#', ' over 1m)'))

const held = kind.chain((of) =>
  fc
    .tuple(
      valueOfKind(of),
      fc.oneof(
        fc
          .tuple(fc.constantFrom('below', 'atMost', 'above', 'atLeast', 'equals', 'differs'), valueOfKind(of))
          .map(([word, against]) => ({ [word]: against })),
        fc
          .tuple(fc.constantFrom('between', 'outside'), rangeOf(of, valueOfKind(of)))
          .map(([word, ends]) => ({ [word]: ends })),
        fc.array(valueOfKind(of), { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf })),
      ),
    )
    // Of a signal against two quantities the first must not be the greater: `range` makes those.
    .filter(([expression, word]) => !(isOnlySignal(expression) && ('between' in word || 'outside' in word)))
    .map(([expression, word]) => ({ expression, ...word })),
)

function isOnlySignal(expression: Expression): boolean {
  return 'signal' in expression && Object.keys(expression).length === 1
}

const heldText = fc
  .tuple(
    fc.constantFrom('pathway', 'ward', 'sex', 'bed'),
    fc.oneof(
      fc.tuple(fc.constantFrom('equals', 'differs'), text).map(([word, text]) => ({ [word]: { text } })),
      fc.array(text, { minLength: 1, maxLength: 3 }).map((all) => ({ oneOf: all.map((text) => ({ text })) })),
    ),
  )
  .map(([attribute, word]) => ({ expression: { attribute }, ...word }))

const counted = fc
  .tuple(fc.constantFrom('below', 'atLeast'), plainOf('fraction'), fc.integer({ min: 1, max: 50 }), fc.nat(50))
  .map(([word, against, count, more]) => ({ signal: 'spo2', [word]: against, count, of: count + more }))

const range = fc.tuple(fc.constantFrom('between', 'outside'), number, number).map(([word, a, b]) => ({
  signal: 'heartRate',
  [word]: [Math.min(a, b), Math.max(a, b)].map((value) => ({ value, unit: '/min' })),
}))

const { conditions } = fc.letrec<{ conditions: object }>((tie) => ({
  conditions: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    held,
    heldText,
    counted,
    range,
    kind.chain((of) => valueOfKind(of)).map((known) => ({ known })),
    fc.constantFrom({ during: 'night' }, { during: 'shift-2' }, { use: 'fast' }, { use: 'slow' }),
    fc.array(tie('conditions'), { minLength: 2, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('conditions'), { minLength: 2, maxLength: 3 }).map((or) => ({ or })),
    fc
      .array(tie('conditions'), { minLength: 2, maxLength: 4 })
      .chain((all) => fc.integer({ min: 1, max: all.length }).map((atLeastOf) => ({ atLeastOf, conditions: all }))),
    tie('conditions').map((not) => ({ not })),
  ),
})) as unknown as { conditions: fc.Arbitrary<Condition> }

const time = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const zone = fc.constantFrom('Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5')
const schedule = fc
  .record(
    {
      from: time,
      to: time,
      days: fc.uniqueArray(fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), { minLength: 1 }),
      zone: fc.oneof(
        zone,
        fc.record({ default: zone, wards: fc.dictionary(fc.string({ unit: 'binary' }), zone, { maxKeys: 2 }) }),
      ),
    },
    { requiredKeys: ['from', 'to', 'zone'] },
  )
  .filter(({ from, to }) => from !== to)

const who = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,8}$/)
const step = fc.record(
  {
    to: fc.array(fc.oneof(who, fc.constantFrom('notify', 'after', 'alarm')), { minLength: 1, maxLength: 3 }),
    after: delay,
    unless: fc.constant('acknowledged'),
    during: fc.constantFrom('night', 'shift-2'),
  },
  { requiredKeys: ['to'] },
)

const rule = fc.record(
  {
    kind: fc.constantFrom('technical', 'physiological'),
    priority: fc.constantFrom('high', 'medium', 'low'),
    because: fc.string({ unit: 'binary' }),
    when: conditions,
    for: delay,
    clear: fc.record({ when: conditions, for: delay }, { requiredKeys: [] }),
    zeros: fc.constantFrom('value', 'no-signal'),
    missing: fc.constantFrom('break', 'hold', 'raise'),
    latching: fc.boolean(),
    rearm: delay,
    notify: fc.array(step, { maxLength: 3 }),
  },
  { requiredKeys: ['when'] },
)

const silence = fc.record(
  { when: fc.record({ silent: fc.constantFrom('any', 'spo2'), within: duration }), latching: fc.constant(true) },
  { requiredKeys: ['when'] },
)

const NAMES_OF_DEFINITIONS = ['slow', 'fast', 'own-rate', 'ratio']
/** Some of them look like units or like words of the language; none is one that could be read as such. */
const OTHER_NAMES = [
  'slow',
  'fast',
  'own-rate',
  'ratio',
  'a',
  's',
  'kg',
  'x-',
  'per--min',
  'priority',
  'notify',
  'after',
  'latching',
  'm2',
  'of-',
  'text',
  'number',
  'in-use',
]

/** A table whose rows have lower ends alone, some of them given with an upper end and said to be continuous. */
const bandTable = fc
  .record({
    ages: fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 2 }),
    rates: fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { maxLength: 3 }),
    urgency: fc.array(fc.constantFrom(undefined, 'high', 'medium', 'low'), { minLength: 1, maxLength: 5 }),
    isClosed: fc.boolean(),
  })
  .map(({ ages, rates, urgency, isClosed }) => {
    const [lows, values] = [ages, rates].map((ends) => [undefined, ...ends.toSorted((a, b) => a - b)]) as [
      (number | undefined)[],
      (number | undefined)[],
    ]
    const rows = lows.flatMap((age, a) =>
      values.map((value, v) => {
        const priority = urgency[(a * 7 + v) % urgency.length]
        const next = values[v + 1]
        return {
          id: `r.${a}-${v}`,
          signal: 'heartRate',
          ...(age !== undefined && { by: { value: age, unit: 'a' } }),
          ...(value !== undefined && { from: { value, unit: '/min' } }),
          ...(isClosed && next !== undefined && { to: { value: next - 0.5, unit: '/min' } }),
          ...(priority !== undefined && { priority, ...(v === 0 && { because: 'a "row"' }) }),
        }
      }),
    )
    return { by: 'age', ...(isClosed && { continuous: true }), rows }
  })

const UNITS_OF_LIMITS = [
  ['heartRate.high', '/min'],
  ['systolic.low', 'mm[Hg]'],
  ['spo2.low', '%'],
] as const

/** What patients' own limits may be, and patients with such, where they need no end. */
const limitsOfPatients = fc
  .record({
    own: fc.array(
      fc.record({ low: fc.nat(200), more: fc.nat(50), has: fc.constantFrom('between', 'longest', 'both') }),
      { minLength: 1, maxLength: 3 },
    ),
    longest: duration,
    share: fc.nat(50),
    patients: fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 2 }),
  })
  .map(({ own, longest, share, patients }) => {
    const bounds = own.map(({ low, more, has }, i) => {
      const [name, unit] = UNITS_OF_LIMITS[i] as (typeof UNITS_OF_LIMITS)[number]
      const between = [low, low + more].map((value) => ({ value, unit }))
      return [name, { ...(has !== 'longest' && { between }), ...(has !== 'between' && { longest }) }] as const
    })
    const table = own.flatMap(({ low, more, has }, i) => {
      const [name, unit] = UNITS_OF_LIMITS[i] as (typeof UNITS_OF_LIMITS)[number]
      return has === 'between' ? [[name, { value: low + Math.min(share, more), unit }] as const] : []
    })
    const tables = patients.map((who) => [who, Object.fromEntries(table)] as const)
    return { own: Object.fromEntries(bounds), ...(table.length > 0 && { patients: Object.fromEntries(tables) }) }
  })

/** Rule sets of the whole of format 2. */
export const setsOfFormat2: fc.Arbitrary<RuleSetData> = fc
  .record({
    rules: fc.array(fc.oneof({ weight: 5, arbitrary: rule }, silence), { minLength: 1, maxLength: 3 }),
    ownRate: valueOfKind('rate'),
    ratio: valueOfKind('number'),
    fast: conditions,
    night: schedule,
    shift: schedule,
    suppressing: fc.boolean(),
    names: fc.shuffledSubarray([...OTHER_NAMES], { minLength: 4, maxLength: 4 }),
    ofPatients: fc.option(limitsOfPatients, { nil: undefined, freq: 1 }),
    tables: fc.option(fc.array(bandTable, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 }),
  })
  .filter(({ ownRate, ratio, fast }) => !uses([ownRate, ratio, fast]) && ![ownRate, ratio].some((one) => 'use' in one))
  .map(({ rules, ownRate, ratio, fast, night, shift, suppressing, names, tables, ofPatients }) => {
    const set: RuleSetData = {
      format: 2,
      rules: rules.map((rule, i) => ({
        id: `r.${i}`,
        ...rule,
        // The first of equal priority may speak for the others.
        ...(suppressing && i > 0 && { priority: 'high', suppressedBy: ['r.0'] }),
        ...(suppressing && i === 0 && { priority: 'high' }),
      })) as unknown as RuleData[],
      limits: {
        default: {
          'heartRate.high': { value: 120, unit: '/min' },
          'systolic.low': { value: 90, unit: 'mm[Hg]' },
          'spo2.low': { value: 90, unit: '%' },
        },
        ...(ofPatients as object),
      },
      attributes: { score: 'number', bed: 'text', dose: 'mg/kg' },
      schedules: { night, 'shift-2': shift } as never,
      ...(tables && { tables: tables.map((table, i) => ({ id: `t${i}`, ...table })) as never }),
      definitions: {
        slow: { not: { use: 'fast' } },
        fast,
        'own-rate': ownRate,
        ratio,
      } as Record<string, Expression | Condition>,
    }
    return renamed(set, new Map(NAMES_OF_DEFINITIONS.map((name, i) => [name, names[i] as string]))) as RuleSetData
  })

/** The set with other names for its definitions. */
function renamed(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((part) => renamed(part, names))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, part]): [string, unknown] => {
    if (key === 'use') return [key, names.get(part as string)]
    if (key !== 'definitions') return [key, renamed(part, names)]
    const named = Object.entries(part as object).map(([name, as]) => [names.get(name), renamed(as, names)])
    return [key, Object.fromEntries(named)]
  })
  return Object.fromEntries(entries)
}

/** Definitions of these sets must not use each other in a circle: only `slow` uses one. */
function uses(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  return 'use' in node || Object.values(node).some(uses)
}
