import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import {
  and,
  type Comparison,
  type Condition,
  type Duration,
  limit,
  not,
  or,
  parseRuleSet,
  type RuleData,
  rule,
  ruleSet,
  type Vitals,
} from '../index.ts'

describe('the builder', () => {
  it('says what the JSON form says', () => {
    const built = ruleSet(
      [
        rule('spo2-low')
          .when((v) => v.spo2.below('88 %'))
          .for('15s')
          .clearWhen((v) => v.spo2.atLeast('91 %'))
          .for('10s')
          .priority('high')
          .because('Sustained desaturation'),
        rule('probe-off').whenSilent('spo2', '30s').technical().priority('low'),
        rule('shock')
          .when((v) =>
            or(
              and(v.systolic.count(3).of(5).below('90 mm[Hg]'), not(v.heartRate.atMost(limit('heartRate.high')))),
              v.temperature.outside('35 Cel', '104 [degF]'),
            ),
          )
          .zeros('no-signal')
          .missing('hold')
          .clearAfter('1m'),
      ],
      { limits: { default: { 'heartRate.high': '120 /min' } }, validFor: { temperature: '1h' } },
    )
    const parsed = parseRuleSet({
      format: 1,
      rules: [
        {
          id: 'spo2-low',
          priority: 'high',
          because: 'Sustained desaturation',
          when: { signal: 'spo2', below: '88 %' },
          for: '15s',
          clear: { when: { signal: 'spo2', atLeast: '91 %' }, for: '10s' },
        },
        { id: 'probe-off', kind: 'technical', priority: 'low', when: { silent: 'spo2', within: '30s' } },
        {
          id: 'shock',
          when: {
            or: [
              {
                and: [
                  { signal: 'systolic', count: 3, of: 5, below: '90 mm[Hg]' },
                  { not: { signal: 'heartRate', atMost: { limit: 'heartRate.high' } } },
                ],
              },
              { signal: 'temperature', outside: ['35 Cel', '104 [degF]'] },
            ],
          },
          clear: { for: '1m' },
          zeros: 'no-signal',
          missing: 'hold',
        },
      ],
      limits: { default: { 'heartRate.high': '120 /min' } },
      validFor: { temperature: '1h' },
    })
    expect(built.toJSON()).toEqual(parsed.toJSON())
    expect(built.version).toBe(parsed.version)
  })

  it('builds any rule set again from its JSON', () => {
    fc.assert(
      fc.property(ruleSets, (json) => {
        const set = parseRuleSet(json)
        const { limits, validFor } = set
        const rebuilt = ruleSet(set.rules.map(rebuild), {
          ...(limits && { limits: limits as never }),
          ...(validFor && { validFor: validFor as never }),
        })
        expect(rebuilt.toJSON()).toEqual(set.toJSON())
        expect(rebuilt.version).toBe(set.version)
      }),
    )
  })

  it('leaves a rule as it was when it is said further', () => {
    const low = rule('r').when((v) => v.spo2.below('88 %'))
    const high = low.priority('high')
    expect([low.toJSON().priority, high.toJSON().priority]).toEqual(['medium', 'high'])
    expect(high.zeros('no-signal').zeros('value').toJSON()).toEqual(high.toJSON())
  })

  it('refuses a quantity as soon as it is said', () => {
    const say = (text: string) => () => rule('r').when((v) => v.spo2.below(text as '88 %'))
    expect(say('88 mmHg')).toThrow('spo2.below.unit: unknown unit "mmHg"; did you mean mm[Hg]?')
    expect(say('88 mm[Hg]')).toThrow('"mm[Hg]" measures a pressure, spo2 is a fraction')
    expect(say('88')).toThrow('spo2.below: "88" is no number with a unit')
    expect(() => rule('r').when((v) => v.spo2.between('88 %', '1 kPa' as '1 %'))).toThrow('spo2.between[1].unit')
    expect(() =>
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .for('soon' as '1s'),
    ).toThrow('r.for: "soon" is no duration')
  })

  it('refuses a whole with every path', () => {
    const twice = rule('r').when((v) => v.heartRate.above(limit('heartRate.high')))
    expect(() => ruleSet([twice, twice])).toThrow(
      /rules\[0\]\.when\.above\.limit[\s\S]*rules\[1\]\.when\.above\.limit[\s\S]*rules\[1\]\.id/,
    )
  })

  it('lets the compiler refuse units of another dimension, limits of another signal, and words out of order', () => {
    expectTypeOf<Vitals['spo2']['below']>().toBeCallableWith('88 %')
    const v = null as unknown as Vitals
    const refused = () => {
      // @ts-expect-error a saturation is not measured in mm[Hg]
      v.spo2.below('88 mm[Hg]')
      // @ts-expect-error a limit of another dimension
      v.spo2.below(limit('heartRate.high'))
      // @ts-expect-error no such signal
      limit('pulse.high')
      // @ts-expect-error a rule says when before it says for how long
      rule('r').for('1s')
      // @ts-expect-error a silence has its own time
      rule('r').whenSilent('spo2', '1s').for('1s')
      const cleared = rule('r')
        .when((v) => v.spo2.below('88 %'))
        .clearWhen((v) => v.spo2.above('90 %'))
      // @ts-expect-error one clear condition
      cleared.clearWhen(() => v.spo2.above('95 %'))
    }
    expect(refused).toBeTypeOf('function')
    v satisfies Vitals
    expectTypeOf(limit('pulseRate.high')).toExtend<Parameters<Vitals['heartRate']['above']>[0]>()
  })
})

function rebuild(data: RuleData) {
  let built = rule(data.id).when((v) => say(data.when as Condition, v))
  if (data.for !== undefined) built = built.for(data.for as Duration) as typeof built
  const words = built
    .missing(data.missing ?? 'break')
    .zeros(data.zeros ?? 'value')
    .priority(data.priority)
  if (data.clear?.when === undefined)
    return data.clear?.for === undefined ? words : words.clearAfter(data.clear.for as Duration)
  const when = data.clear.when
  const cleared = words.clearWhen((v) => say(when, v))
  return data.clear.for === undefined ? cleared : cleared.for(data.clear.for as Duration)
}

function say(condition: Condition, v: Vitals): Condition {
  if ('and' in condition) return and(...(condition.and.map((part) => say(part, v)) as [Condition, Condition]))
  if ('or' in condition) return or(...(condition.or.map((part) => say(part, v)) as [Condition, Condition]))
  if ('not' in condition) return not(say(condition.not, v))
  const { signal, count, of, ...word } = condition as Comparison
  const words = count === undefined ? v[signal] : v[signal].count(count).of(of as number)
  const [name, operand] = Object.entries(word)[0] as [string, unknown]
  const operands = (Array.isArray(operand) ? operand : [operand]).map((one) =>
    'limit' in one ? limit(one.limit) : one,
  )
  return (words as unknown as Record<string, (...operands: unknown[]) => Condition>)[name]?.(...operands) as Condition
}
