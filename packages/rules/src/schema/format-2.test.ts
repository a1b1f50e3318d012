import { expect, it } from 'vitest'
import type { MillraceRulesError } from '../errors.ts'
import { conditionText } from '../expression/condition-text.ts'
import { parseRuleSet } from './rule-set.ts'

const SET = {
  format: 2,
  attributes: { pathway2: 'text', lactate: 'mmol/L' },
  schedules: { night: { from: '22:00', to: '06:00', days: ['tue', 'mon'], zone: 'Europe/Berlin' } },
  definitions: {
    'shock-index': { op: '/', left: { signal: 'heartRate' }, right: { signal: 'systolic' } },
    fast: { expression: { call: 'mean', signal: 'heartRate', over: 60_000, atLeast: 1 }, above: '100 /min' },
  },
  limits: { default: { 'heartRate.high': '120 /min' } },
}

const rule = (when: unknown, more: object = {}) => ({ ...SET, rules: [{ id: 'a', priority: 'high', when, ...more }] })

const mistakes = (json: unknown): string[] => {
  try {
    parseRuleSet(json)
    return []
  } catch (error) {
    return (error as MillraceRulesError).problems.map(({ path, code }) => `${path} ${code}`)
  }
}

it.each([
  [{ use: 'fast' }, 'fast'],
  [{ expression: { use: 'shock-index' }, above: '1 /min/mm[Hg]' }, 'shock-index > 1 /min/mm[Hg]'],
  [{ expression: { signal: 'spo2' }, below: '88 %' }, 'spo2 < 88 %'],
  [
    { expression: { signal: 'heartRate', ago: '300s' }, below: { signal: 'heartRate' } },
    'heart-rate 5m ago < heart-rate',
  ],
  [
    {
      expression: {
        call: 'abs',
        args: [
          {
            op: '-',
            left: { signal: 'heartRate', within: '5s' },
            right: { op: '-', left: { signal: 'pulseRate' }, right: '1 /min' },
          },
        ],
      },
      above: { op: '*', left: '0.2', right: { limit: 'heartRate.high' } },
    },
    'abs(heart-rate within 5s - (pulse-rate - 1 /min)) > 0.2 * limit(heart-rate.high)',
  ],
  [
    {
      expression: { call: 'timeInRange', signal: 'spo2', between: ['92 %', '98 %'], over: '1h', atLeast: 3 },
      below: '80 %',
    },
    'time-in-range(spo2 between 92 % and 98 % over 1h, at least 3) < 80 %',
  ],
  [{ expression: { attribute: 'pathway' }, oneOf: [{ text: 'sepsis' }, { text: 'x' }] }, 'pathway in ("sepsis", "x")'],
  [{ expression: { attribute: 'lactate' }, atLeast: '2 mmol/L' }, 'lactate >= 2 mmol/L'],
  [{ and: [{ during: 'night' }, { not: { known: { attribute: 'age' } } }] }, 'during night and age is unknown'],
  [{ atLeastOf: 1, conditions: [{ during: 'night' }, { use: 'fast' }] }, '1 of (during night, fast)'],
  [
    { expression: { call: 'slope', signal: 'temperature', over: '1h' }, above: '0.5 K/h' },
    'slope(temperature over 1h) > 0.5 K/h',
  ],
  [
    { expression: { call: 'rise', signal: 'temperature', over: '1h' }, atLeast: '1.8 [degF]' },
    'rise(temperature over 1h) >= 1.8 [degF]',
  ],
])('is checked and written in words: %j', (when, text) => {
  const set = parseRuleSet(rule(when))
  expect(conditionText(set.rules[0]?.when as never)).toBe(text)
  expect(parseRuleSet(JSON.parse(JSON.stringify(set))).version).toBe(set.version)
})

it.each([
  [{ expression: { use: 'shock-index' }, above: '1 /min' }, 'rules[0].when RULES_TYPE_MISMATCH'],
  [
    { expression: { call: 'sum', signal: 'temperature', over: '1h' }, above: '1 K' },
    'rules[0].when.expression RULES_TYPE_MISMATCH',
  ],
  [
    { expression: { call: 'mean', signal: 'spo2', over: '2d' }, above: '1 %' },
    'rules[0].when.expression.over RULES_DURATION_INVALID',
  ],
  [
    { expression: { call: 'meen', signal: 'spo2', over: '1m' }, above: '1 %' },
    'rules[0].when.expression.call RULES_FUNCTION_UNKNOWN',
  ],
  [{ expression: { attribute: 'pathway' }, above: { text: 'a' } }, 'rules[0].when RULES_TYPE_MISMATCH'],
  [{ expression: { attribute: 'paths' }, equals: { text: 'a' } }, 'rules[0].when.expression RULES_ATTRIBUTE_UNKNOWN'],
  [
    { expression: { op: '+', left: { signal: 'spo2' }, right: '1 /min' }, above: '1 %' },
    'rules[0].when.expression RULES_TYPE_MISMATCH',
  ],
  [{ use: 'slow' }, 'rules[0].when RULES_DEFINITION_UNKNOWN'],
  [{ use: 'shock-index' }, 'rules[0].when RULES_TYPE_MISMATCH'],
  [{ during: 'noon' }, 'rules[0].when.during RULES_SCHEDULE_UNKNOWN'],
  [{ atLeastOf: 3, conditions: [{ during: 'night' }, { use: 'fast' }] }, 'rules[0].when.atLeastOf RULES_COUNT_INVALID'],
])('is refused with its path: %j', (when, problem) => {
  expect(mistakes(rule(when))).toEqual([problem])
})

it('knows a temperature on its scale from a difference of temperatures', () => {
  const compare = (left: object, above: unknown) => mistakes(rule({ expression: left, above }))
  const t = { signal: 'temperature' }
  expect(compare({ op: '-', left: t, right: { signal: 'temperature', ago: '1h' } }, '1 K')).toEqual([])
  expect(compare({ op: '-', left: t, right: '37 Cel' }, '1 K')).toEqual([])
  expect(compare({ op: '-', left: t, right: '1 K' }, { limit: 'heartRate.high' })).toHaveLength(1)
  expect(compare({ op: '-', left: t, right: '1 K' }, '38 Cel')).toEqual([])
  expect(compare({ op: '*', left: t, right: '2' }, '38 Cel')).toHaveLength(1)
  expect(compare({ op: '+', left: t, right: t }, '38 Cel')).toHaveLength(1)
})

it('refuses ranges whose ends are the wrong way round, and numbers without the unit that they need', () => {
  const mean = { call: 'mean', signal: 'spo2', over: '1m' }
  expect(mistakes(rule({ expression: mean, between: ['9 %', '1 %'] }))).toEqual([
    'rules[0].when.between RULES_RANGE_EMPTY',
  ])
  expect(
    mistakes(rule({ expression: { signal: 'temperature', ago: '1m' }, outside: ['96 [degF]', '36 Cel'] })),
  ).toEqual([])
  const inRange = (ends: string[]) => ({ expression: { ...mean, call: 'timeInRange', between: ends }, below: '80 %' })
  expect(mistakes(rule(inRange(['98 %', '92 %'])))).toEqual(['rules[0].when.expression.between RULES_RANGE_EMPTY'])
  expect(mistakes(rule(inRange(['92 %', '92 %'])))).toEqual([])
  expect(() => parseRuleSet(rule({ expression: mean, below: '90' }))).toThrow(
    'got fraction and number: the number needs a unit',
  )
})

it('refuses names that mean something, circles, and what an older format cannot say', () => {
  expect(mistakes({ ...SET, rules: [], definitions: { 'heart-rate': '1' } })).toEqual([
    'definitions.heart-rate RULES_NAME_TAKEN',
  ])
  const circle = { a: { op: '+', left: { use: 'b' }, right: '1' }, b: { op: '+', left: { use: 'a' }, right: '1' } }
  expect(mistakes({ ...SET, rules: [], definitions: circle })).toEqual(['definitions.b RULES_DEFINITION_CYCLE'])
  expect(mistakes({ ...SET, format: 1, rules: [] })).toEqual(['format RULES_FORMAT_UNSUPPORTED'])
})

it('refuses definitions that grow beyond what can be run, at once', () => {
  const of = (count: number, left: (i: number) => object | string, right: (i: number) => object | string) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`d${i}`, { op: '+', left: left(i), right: right(i) }] as const),
    )
  const last = (i: number) => (i === 0 ? '1' : { use: `d${i - 1}` })
  const next = (i: number) => (i === 59_999 ? '1' : { use: `d${i + 1}` })
  expect(mistakes({ ...SET, rules: [], definitions: of(12, last, last) })).toEqual([])
  expect(mistakes({ ...SET, rules: [], definitions: of(64, last, last) })).toContain(
    'definitions.d12 RULES_CONDITION_TOO_DEEP',
  )
  expect(mistakes({ ...SET, rules: [], definitions: of(32, last, () => '1') })).toEqual([])
  expect(mistakes({ ...SET, rules: [], definitions: of(33, last, () => '1') })).toEqual([
    'definitions.d32 RULES_CONDITION_TOO_DEEP',
  ])
  expect(mistakes({ ...SET, rules: [], definitions: of(60_000, next, () => '1') })[0]).toMatch(/TOO_DEEP$/)
  const all = (n: number) => Array.from({ length: n }, (_, i) => ({ known: { use: `d${i}` } }))
  const everyOther = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, { or: all(20) }]))
  expect(mistakes({ ...SET, rules: [], definitions: everyOther })[0]).toMatch(/ RULES_DEFINITION_CYCLE$/)
  const large = { and: Array.from({ length: 500 }, () => ({ use: 'wide' })) }
  const wide = { and: Array.from({ length: 10 }, () => ({ known: { signal: 'spo2' } })) }
  expect(mistakes({ ...rule(large), definitions: { wide } })).toEqual(['rules[0].when RULES_CONDITION_TOO_DEEP'])
})

it('checks what happens once an alarm is raised', () => {
  const when = { signal: 'spo2', below: '88 %' }
  const notify = [
    { to: ['nurse'], after: 0 },
    { to: ['charge-nurse'], after: '120s', unless: 'acknowledged', during: 'night' },
  ]
  const set = parseRuleSet(rule(when, { latching: true, rearm: '300s', missing: 'raise', notify }))
  expect(set.rules[0]).toMatchObject({
    latching: true,
    rearm: '5m',
    missing: 'raise',
    notify: [{ to: ['nurse'] }, { to: ['charge-nurse'], after: '2m', unless: 'acknowledged', during: 'night' }],
  })
  expect(mistakes(rule(when, { suppressedBy: ['b'] }))).toEqual(['rules[0].suppressedBy[0] RULES_VALUE_INVALID'])
  expect(mistakes(rule(when, { suppressedBy: ['a'] }))).toEqual(['rules[0].suppressedBy RULES_VALUE_INVALID'])
  const strong = { id: 'strong', priority: 'low', when }
  const weak = { id: 'weak', priority: 'high', when, suppressedBy: ['strong'] }
  expect(mistakes({ ...SET, rules: [strong, weak] })).toEqual(['rules[1].suppressedBy[0] RULES_VALUE_INVALID'])
  expect(mistakes({ ...SET, rules: [{ ...strong, priority: 'high' }, weak] })).toEqual([])
  expect(mistakes(rule(when, { notify: [{ to: [], during: 'noon' }] }))).toEqual([
    'rules[0].notify[0].to RULES_FIELD_MISSING',
  ])
})

it('names what was meant by a name that stands for nothing', () => {
  const messages = (json: unknown): string[] => {
    try {
      parseRuleSet(json)
      return []
    } catch (error) {
      return (error as MillraceRulesError).problems.map(({ path, message }) => `${path} ${message}`)
    }
  }
  const when = { signal: 'spo2', below: '88 %' }
  expect(messages(rule({ use: 'fasd' }))).toEqual(['rules[0].when there is no definition "fasd"; did you mean fast?'])
  expect(messages(rule({ expression: { use: 'shok-index' }, above: '1 /min/mm[Hg]' }))).toEqual([
    'rules[0].when.expression there is no definition "shok-index"; did you mean shock-index?',
  ])
  expect(messages(rule({ expression: { attribute: 'lactat' }, above: '1 mmol/L' }))).toEqual([
    'rules[0].when.expression attribute "lactat" is not declared; did you mean lactate?',
  ])
  expect(messages(rule({ expression: { signal: 'heartRate' }, above: { limit: 'heartRate.hihg' } }))).toEqual([
    'rules[0].when.above.limit limit "heartRate.hihg" has no default; did you mean heartRate.high?',
  ])
  expect(messages(rule({ during: 'nigth' }))).toEqual([
    'rules[0].when.during there is no schedule "nigth"; did you mean night?',
  ])
  const rules = [
    { id: 'asystole', when },
    { id: 'brady', when, suppressedBy: ['asystole', 'asystole', 'asistole', 'tachy'] },
  ]
  expect(messages({ ...SET, rules })).toEqual([
    'rules[1].suppressedBy[2] "asistole" is no rule of this set; did you mean asystole?',
    'rules[1].suppressedBy[3] "tachy" is no rule of this set',
  ])
})

it('is soon done with many names that stand for nothing', () => {
  const definitions = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`d${i}`, { op: '+', left: { signal: 'heartRate' }, right: `${i} /min` }]),
  )
  const rules = Array.from({ length: 20_000 }, (_, i) => ({
    id: `r${i}`,
    when: { use: `e${i}` },
    suppressedBy: [`s${i}`],
  }))
  expect(mistakes({ format: 2, rules, definitions })).toHaveLength(40_000)
}, 20_000)

it('finds a circle behind a chain of any length', () => {
  const when = { signal: 'spo2', below: '88 %' }
  const chain = Array.from({ length: 50_000 }, (_, i) => ({
    id: `r${i}`,
    priority: 'high',
    when,
    suppressedBy: [`r${i + 1}`],
  }))
  const rules = [...chain, { id: 'r50000', priority: 'high', when }]
  expect(mistakes({ format: 2, rules })).toEqual([])
  expect(
    mistakes({ format: 2, rules: [...chain, { id: 'r50000', priority: 'high', when, suppressedBy: ['r49999'] }] }),
  ).toEqual(['rules[0].suppressedBy RULES_VALUE_INVALID'])
})

it('takes rows for one group whose attribute is given in several units', () => {
  const rows = [
    { id: '1', signal: 'heartRate', by: '0 a' },
    { id: '2', signal: 'heartRate', by: '10 a', priority: 'low' },
    { id: '3', signal: 'heartRate', by: '120 mo', from: '100 /min' },
  ]
  const set = parseRuleSet({ format: 2, rules: [], tables: [{ id: 't', by: 'age', rows }] })
  expect(set.tables?.[0]?.rows.map(({ by, from }) => [by?.value, from?.value])).toEqual([
    [undefined, undefined],
    [10, undefined],
    [10, 100],
  ])
})

it('stays in the first format for what that can say', () => {
  const when = { signal: 'spo2', below: '88 %' }
  const rules = [{ id: 'a', priority: 'high', when }]
  const [one, two] = [parseRuleSet({ format: 1, rules }), parseRuleSet({ format: 2, rules })]
  expect(two.format).toBe(1)
  expect(two.version).toBe(one.version)
})

it.each([
  [{ from: '22:00', to: '22:00', zone: 'UTC' }, 'from'],
  [{ from: '25:00', to: '22:00', zone: 'UTC' }, 'from'],
  [{ from: '21:00', to: '22:00', zone: 'Mars/Base' }, 'zone'],
  [{ from: '21:00', to: '22:00', zone: '+02:00' }, 'zone'],
  [{ from: '21:00', to: '22:00', days: [], zone: 'UTC' }, 'days'],
])('refuses the schedule %j', (night, field) => {
  expect(mistakes({ ...SET, schedules: { night }, rules: [] })).toEqual([
    `schedules.night.${field} RULES_SCHEDULE_INVALID`,
  ])
})
