import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import { MillraceRulesError, type RuleProblem } from '../errors.ts'
import { parseRuleSet } from './rule-set.ts'

const below88 = { signal: 'spo2', below: '88 %' }

function problems(json: unknown): readonly RuleProblem[] {
  try {
    parseRuleSet(json)
  } catch (error) {
    if (error instanceof MillraceRulesError && error.code === 'RULES_INVALID') return error.problems
    throw error
  }
  return []
}

/** `path CODE` of each mistake in a set with this one rule. */
function ofRule(rule: object, more: object = {}): string[] {
  return problems({ format: 1, rules: [{ id: 'r', when: below88, ...rule }], ...more }).map(
    (p) => `${p.path} ${p.code}`,
  )
}

/** The same for its condition. */
const ofWhen = (when: unknown, more: object = {}): string[] => ofRule({ when }, more)

describe('a rule set', () => {
  it('is brought to its canonical form: defaults left out, quantities and durations written one way', () => {
    const set = parseRuleSet({
      rules: [
        {
          when: { signal: 'systolic', between: ['12kPa', { unit: 'mm[Hg]', value: 100 }] },
          for: 90_000,
          clear: { for: '60s' },
          zeros: 'value',
          missing: 'break',
          kind: 'physiological',
          id: 'r',
        },
        { id: 's', when: { silent: 'any', within: 120_000 }, kind: 'technical', priority: 'low' },
      ],
      limits: { default: {}, wards: { icu: {} } },
      validFor: { spo2: '60s', temperature: '90m' },
      format: 1,
    })
    expect(set.toJSON()).toEqual({
      format: 1,
      rules: [
        {
          id: 'r',
          priority: 'medium',
          when: {
            signal: 'systolic',
            between: [
              { value: 12, unit: 'kPa' },
              { value: 100, unit: 'mm[Hg]' },
            ],
          },
          for: '90s',
          clear: { for: '1m' },
        },
        { id: 's', kind: 'technical', priority: 'low', when: { silent: 'any', within: '2m' } },
      ],
      validFor: { temperature: '90m' },
    })
  })

  it('has a version that says the same of the same content and another of any other', () => {
    const version = (json: object) => parseRuleSet({ format: 1, ...json }).version
    const one = version({ rules: [{ id: 'r', when: below88 }] })
    expect(one).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(
      version({
        rules: [{ zeros: 'value', when: { below: { unit: '%', value: 88 }, signal: 'spo2' }, for: 0, id: 'r' }],
      }),
    ).toBe(one)
    expect(version({ rules: [{ id: 'r', when: { signal: 'spo2', below: '88.5 %' } }] })).not.toBe(one)
    expect(version({ rules: [{ id: 'r', when: below88 }], validFor: { spo2: '2m' } })).not.toBe(one)
  })

  it('read back from its own JSON is the same, to the version', () => {
    fc.assert(
      fc.property(ruleSets, (json) => {
        const set = parseRuleSet(json)
        const again = parseRuleSet(JSON.parse(JSON.stringify(set)))
        expect(again.toJSON()).toEqual(set.toJSON())
        expect(again.version).toBe(set.version)
      }),
    )
  })

  it('cannot be changed', () => {
    const set = parseRuleSet({ format: 1, rules: [{ id: 'r', when: below88 }] })
    expect(() => Object.assign(set.rules[0]?.when as object, { signal: 'heartRate' })).toThrow(TypeError)
    expect(() => Object.assign(set, { version: '' })).toThrow(TypeError)
  })
})

describe('a mistake', () => {
  it('is named with the path to it and what was probably meant', () => {
    const rules = [
      { id: 'a', when: below88 },
      { id: 'b', when: below88 },
    ]
    const third = { id: 'c', when: { signal: 'systolic', below: { value: 90, unit: 'mmhg' } } }
    expect(problems({ format: 1, rules: [...rules, third] })).toEqual([
      {
        path: 'rules[2].when.below.unit',
        code: 'RULES_UNIT_UNKNOWN',
        message: 'unknown unit "mmhg"; did you mean mm[Hg]?',
      },
    ])
    expect(problems({ format: 1, rules: [{ id: 'a', when: { signal: 'hartRate', below: '88 %' } }] })[0]?.message).toBe(
      'unknown signal "hartRate"; did you mean heartRate?',
    )
  })

  it('is not the only one that is named: one refusal lists all', () => {
    const found = problems({
      format: 3,
      rules: [
        { id: 'a b', prioritty: 'high', when: { signal: 'spo2', below: '88 mm[Hg]' }, for: '15 sec', zeros: 'none' },
        { id: 'x', when: { and: [below88, { signal: 'heartRate', above: { limit: 'heartRate.hi' } }, { not: 7 }] } },
        { id: 'x', priority: 'urgent', clear: { when: { signal: 'spo2' }, after: '1s' } },
      ],
      limits: { default: { 'heartRate.high': '120 bpm' }, patients: { 'bed 3': { 'heartRate.higf': '120 /min' } } },
      validFor: { spo: '1m', spo2: 'soon' },
    })
    expect(found.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'format RULES_FORMAT_UNSUPPORTED',
      'limits.default["heartRate.high"].unit RULES_UNIT_UNKNOWN',
      'limits.patients["bed 3"]["heartRate.higf"] RULES_LIMIT_UNKNOWN',
      'validFor.spo RULES_SIGNAL_UNKNOWN',
      'validFor.spo2 RULES_DURATION_INVALID',
      'rules[0].prioritty RULES_FIELD_UNKNOWN',
      'rules[0].id RULES_ID_INVALID',
      'rules[0].zeros RULES_VALUE_INVALID',
      'rules[0].for RULES_DURATION_INVALID',
      'rules[0].when.below.unit RULES_UNIT_MISMATCH',
      'rules[1].when.and[1].above.limit RULES_LIMIT_UNKNOWN',
      'rules[1].when.and[2].not RULES_TYPE_INVALID',
      'rules[2].priority RULES_VALUE_INVALID',
      'rules[2].clear.after RULES_FIELD_UNKNOWN',
      'rules[2].clear.when RULES_CONDITION_INVALID',
      'rules[2].when RULES_FIELD_MISSING',
      'rules[2].id RULES_ID_DUPLICATE',
    ])
  })

  it('is found in the shape of the whole', () => {
    for (const json of [null, 7, [], undefined])
      expect(problems(json)[0]).toMatchObject({ path: '', code: 'RULES_TYPE_INVALID' })
    expect(problems('{"format":1}')[0]?.message).toContain('JSON.parse')
    expect(problems({ format: 1 })[0]).toMatchObject({ path: 'rules', code: 'RULES_FIELD_MISSING' })
    expect(problems({ format: 1, rules: {} })[0]).toMatchObject({ path: 'rules', code: 'RULES_TYPE_INVALID' })
    expect(problems({ format: 1, rules: [null] })[0]).toMatchObject({ path: 'rules[0]', code: 'RULES_TYPE_INVALID' })
    expect(problems({ format: 1, rules: [], rulez: [] })[0]).toMatchObject({
      path: 'rulez',
      code: 'RULES_FIELD_UNKNOWN',
    })
  })

  it('is found in conditions', () => {
    expect(ofWhen({ signal: 'spo2' })).toEqual(['rules[0].when RULES_CONDITION_INVALID'])
    expect(ofWhen({})).toEqual(['rules[0].when RULES_CONDITION_INVALID'])
    expect(ofWhen({ ...below88, above: '90 %' })).toEqual(['rules[0].when RULES_CONDITION_INVALID'])
    expect(ofWhen({ ...below88, not: below88 })).toEqual(['rules[0].when RULES_CONDITION_INVALID'])
    expect(ofWhen({ and: [below88] })).toEqual(['rules[0].when.and RULES_CONDITION_INVALID'])
    expect(ofWhen({ or: below88 })).toEqual(['rules[0].when.or RULES_TYPE_INVALID'])
    expect(ofWhen({ and: [below88, { silent: 'spo2', within: '3s' }] })).toEqual([
      'rules[0].when.and[1] RULES_CONDITION_INVALID',
    ])
    expect(ofWhen({ ...below88, count: 3, of: 2 })).toEqual(['rules[0].when RULES_COUNT_INVALID'])
    expect(ofWhen({ ...below88, count: 3 })).toEqual(['rules[0].when RULES_COUNT_INVALID'])
    expect(ofWhen({ signal: 'spo2', between: ['90 %', '80 %'] })).toEqual(['rules[0].when.between RULES_RANGE_EMPTY'])
    expect(ofWhen({ signal: 'temperature', outside: ['96 [degF]', '36 Cel'] })).toEqual([])
    expect(ofWhen({ signal: 'spo2', between: ['90 %'] })).toEqual(['rules[0].when.between RULES_TYPE_INVALID'])
    let deep: object = below88
    for (let i = 0; i < 5000; i++) deep = { not: deep }
    expect(ofWhen(deep)[0]).toMatch(/ RULES_CONDITION_TOO_DEEP$/)
  })

  it('is found in quantities', () => {
    expect(ofWhen({ signal: 'spo2', below: 88 })).toEqual(['rules[0].when.below RULES_QUANTITY_INVALID'])
    expect(ofWhen({ signal: 'spo2', below: 'low' })).toEqual(['rules[0].when.below RULES_QUANTITY_INVALID'])
    expect(ofWhen({ signal: 'spo2', below: { value: '88', unit: 'mmHg' } })).toEqual([
      'rules[0].when.below.value RULES_QUANTITY_INVALID',
      'rules[0].when.below.unit RULES_UNIT_UNKNOWN',
    ])
    expect(ofWhen({ signal: 'spo2', below: { value: 88 } })).toEqual(['rules[0].when.below.unit RULES_FIELD_MISSING'])
    expect(ofWhen({ signal: 'spo2', below: { value: 88, unit: '%', is: 1 } })).toEqual([
      'rules[0].when.below.is RULES_FIELD_UNKNOWN',
    ])
    expect(ofWhen({ signal: 'spo2', below: '1e999 %' })).toEqual(['rules[0].when.below RULES_QUANTITY_INVALID'])
  })

  it('is found in silences', () => {
    expect(ofWhen({ silent: 'spo', within: '3s' })).toEqual(['rules[0].when.silent RULES_SIGNAL_UNKNOWN'])
    expect(ofWhen({ silent: 'spo2' })).toEqual(['rules[0].when.within RULES_DURATION_INVALID'])
    expect(ofWhen({ silent: 'spo2', within: '0s' })).toEqual(['rules[0].when.within RULES_DURATION_INVALID'])
    const silence = { when: { silent: 'spo2', within: '3s' } }
    expect(ofRule({ ...silence, for: '1s', clear: {}, missing: 'hold' })).toEqual([
      'rules[0].for RULES_FIELD_UNKNOWN',
      'rules[0].clear RULES_FIELD_UNKNOWN',
      'rules[0].missing RULES_FIELD_UNKNOWN',
    ])
  })

  it('is found in limits', () => {
    const limited = { signal: 'heartRate', above: { limit: 'heartRate.high' } }
    expect(ofWhen(limited)).toEqual(['rules[0].when.above.limit RULES_LIMIT_UNKNOWN'])
    expect(ofWhen(limited, { limits: { default: { 'heartRate.high': '2 Hz' } } })).toEqual([])
    const spo2 = { limits: { default: { 'spo2.low': '90 %' } } }
    expect(ofWhen({ signal: 'heartRate', above: { limit: 'spo2.low' } }, spo2)).toEqual([
      'rules[0].when.above.limit RULES_UNIT_MISMATCH',
    ])
    expect(ofWhen({ signal: 'spo2', above: { limit: 'spo2.low', unit: '%' } }, spo2)).toEqual([
      'rules[0].when.above.unit RULES_FIELD_UNKNOWN',
    ])
    expect(ofRule({}, { limits: { default: { high: '9 /min', 'heartRate.': '9 /min' } } })).toEqual([
      'limits.default.high RULES_SIGNAL_UNKNOWN',
      'limits.default["heartRate."] RULES_SIGNAL_UNKNOWN',
    ])
    expect(ofRule({}, { limits: { default: { 'spo2.low': '9 /min' }, wards: [] } })).toEqual([
      'limits.default["spo2.low"].unit RULES_UNIT_MISMATCH',
      'limits.wards RULES_TYPE_INVALID',
    ])
  })

  it('never throws anything but a refusal, whatever it is given', () => {
    fc.assert(fc.property(fc.anything(), (json) => void problems(json)))
    const part = fc.oneof(fc.anything(), fc.constantFrom('spo2', '88 %', '15s', { limit: 'x' }))
    const rule = fc.dictionary(fc.constantFrom('id', 'when', 'for', 'clear', 'zeros', 'because'), part)
    const condition = fc.dictionary(
      fc.constantFrom('signal', 'below', 'between', 'and', 'not', 'silent', 'within', 'count'),
      part,
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(rule, condition)), fc.anything(), (rules, limits) => {
        problems({ format: 1, rules: rules.map(([rule, when]) => ({ when, ...rule })), limits })
      }),
    )
  })
})
