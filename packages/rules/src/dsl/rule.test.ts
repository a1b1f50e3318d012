import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import { setsOfFormat2 } from '../../test/format-2-arbitraries.ts'
import { isCondition, isSilence } from '../expression/condition.ts'
import type { Expression } from '../expression/expression.ts'
import {
  abs,
  and,
  atLeastOf,
  attribute,
  type Comparison,
  type Condition,
  type Duration,
  define,
  during,
  greatest,
  least,
  limit,
  type NamedOwnLimits,
  not,
  or,
  parseRuleSet,
  parseRules,
  type RuleData,
  rule,
  ruleSet,
  type Value,
  type Vitals,
  value,
} from '../index.ts'
import { valueOfMeasure } from './value.ts'

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

  it('says all that format 2 can say', () => {
    const tachycardic = define('tachycardic', (v) =>
      v.heartRate.mean('1m', { atLeast: 3 }).above(limit('heartRate.high')),
    )
    const shockIndex = define('shock-index', (v) => v.heartRate.dividedBy(v.systolic))
    const built = ruleSet(
      [
        rule('asystole')
          .when((v) => or(v.heartRate.within('5s').equals('0 /min'), v.heartRate.isUnknown()))
          .priority('high'),
        rule('deteriorating')
          .when((v) =>
            and(v.heartRate.minus(v.heartRate.baseline('24h')).above('30 /min'), tachycardic, not(during('night'))),
          )
          .for('1m')
          .clearWhen((v) => v.heartRate.rise('10m').below('5 /min'))
          .missing('raise')
          .priority('high')
          .latching()
          .rearmAfter('5m')
          .suppressedBy('asystole')
          .notify('ward-nurse')
          .notify(['charge-nurse', 'doctor'], { after: '2m', unless: 'acknowledged', during: 'night' }),
        rule('probe-doubt').when((v) => abs(v.heartRate.minus(v.pulseRate)).above('20 /min')),
        rule('sepsis').when((v) =>
          and(
            atLeastOf(
              2,
              v.temperature.above('38.3 Cel'),
              v.heartRate.above('90 /min'),
              shockIndex.above('0.9 /min/mm[Hg]'),
            ),
            attribute('age').atLeast('18 a'),
            attribute('pathway').oneOf('sepsis', 'stroke'),
            attribute('bed', 'text').differs('3'),
            attribute('score', 'number').times(2).between(1, 5),
          ),
        ),
        rule('unstable').when((v) =>
          or(
            v.spo2.timeInRange('92 %', '98 %', '1h').below('80 %'),
            v.systolic.below(v.systolic.ago('5m')),
            v.temperature.minus('37 Cel').above('1 K'),
            greatest(v.systolic, v.diastolic, '40 mm[Hg]').below('60 mm[Hg]'),
            v.heartRate.readings('1m').atMost(3),
            v.systolic.slope('10m').below('-2 mm[Hg]/min'),
            v.heartRate.above(value(limit('heartRate.high')).times(1.1)),
          ),
        ),
      ],
      {
        limits: { default: { 'heartRate.high': '120 /min' } },
        attributes: { score: 'number', bed: 'text' },
        schedules: { night: { from: '22:00', to: '06:00', zone: 'Europe/Berlin' } },
        definitions: [tachycardic, shockIndex],
      },
    )
    const written = parseRules(`
      attribute score number
      attribute bed text
      schedule night from 22:00 to 06:00 in Europe/Berlin
      limits default heart-rate.high 120 /min
      define tachycardic as mean(heart-rate over 1m, at least 3) > limit(heart-rate.high)
      define shock-index as heart-rate / systolic
      alarm asystole when heart-rate within 5s = 0 /min or heart-rate is unknown priority high
      alarm deteriorating
        when heart-rate - baseline(heart-rate over 24h) > 30 /min and tachycardic and not during night for 1m
        clear when rise(heart-rate over 10m) < 5 /min
        missing raise
        priority high
        latching
        rearm after 5m
        suppressed by asystole
        notify ward-nurse; after 2m unless acknowledged during night notify charge-nurse, doctor
      alarm probe-doubt when abs(heart-rate - pulse-rate) > 20 /min
      alarm sepsis
        when 2 of (temperature > 38.3 Cel, heart-rate > 90 /min, shock-index > 0.9 /min/mm[Hg])
          and age >= 18 a and pathway in ("sepsis", "stroke") and bed != "3" and score * 2 between 1 and 5
      alarm unstable
        when time-in-range(spo2 between 92 % and 98 % over 1h) < 80 %
          or systolic < systolic 5m ago
          or temperature - 37 Cel > 1 K
          or greatest(systolic, diastolic, 40 mm[Hg]) < 60 mm[Hg]
          or count(heart-rate over 1m) <= 3
          or slope(systolic over 10m) < -2 mm[Hg]/min
          or heart-rate > limit(heart-rate.high) * 1.1
    `)
    expect(built.toJSON()).toEqual(written.toJSON())
    expect(built.version).toBe(written.version)
  })

  it('builds any condition of format 2 again from its JSON', () => {
    fc.assert(
      fc.property(setsOfFormat2, (json) => {
        const set = parseRuleSet(json)
        const { definitions = {}, limits, schedules = {}, attributes = {}, tables = [] } = set
        const named = Object.entries(definitions).map(([name, as]) =>
          isCondition(as) ? define(name, (v) => say(as, v)) : define(name, (v) => speak(as, v)),
        )
        const rebuilt = ruleSet(
          set.rules.map((data) => {
            const { when, clear } = data
            const built = rule(data.id).when((v) => (isSilence(when) ? v.spo2.below('1 %') : say(when, v)))
            const cleared = clear?.when
            const words = cleared === undefined ? built : built.clearWhen((v) => say(cleared, v))
            const { when: whenAgain, clear: clearAgain } = words.toJSON()
            return {
              ...data,
              ...(!isSilence(when) && { when: whenAgain }),
              ...(clear && { clear: { ...clear, ...clearAgain } }),
            }
          }),
          { limits: limits as never, schedules, attributes, definitions: named, tables },
        )
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
    expect(() => rule('r').when((v) => v.spo2.mean('1m').below('low' as '1 %'))).toThrow(
      'spo2.mean.below: "low" is no number with a unit',
    )
    expect(() => rule('r').when((v) => v.spo2.mean('soon' as '1m').below('1 %'))).toThrow(
      'spo2.mean: "soon" is no duration',
    )
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
    const own = (bounds: NamedOwnLimits) => bounds
    const refusedBounds = () => {
      own({ 'spo2.low': { between: ['80 %', { value: 90, unit: '%' }], longest: '12h' } })
      // @ts-expect-error a saturation is no rate
      own({ 'spo2.low': { between: ['80 /min', '90 %'] } })
      // @ts-expect-error a range has two ends
      own({ 'spo2.low': { between: ['80 %'] } })
      // @ts-expect-error no duration
      own({ 'spo2.low': { longest: 'soon' } })
      // @ts-expect-error no such signal
      own({ 'pulse.low': { longest: '1h' } })
    }
    expect(refusedBounds).toBeTypeOf('function')
    const refusedValues = () => {
      // @ts-expect-error a mean of a saturation is none of a pressure
      v.spo2.mean('1m').below('88 mm[Hg]')
      // @ts-expect-error two signals of different dimensions
      v.spo2.below(v.heartRate)
      // @ts-expect-error nothing to subtract
      v.spo2.minus(v.heartRate)
      // @ts-expect-error a slope is by the time
      v.systolic.slope('5m').below('3 mm[Hg]')
      // @ts-expect-error temperatures have no sum
      v.temperature.sum('5m')
      // @ts-expect-error a rise is a difference, not a point on the scale
      v.temperature.rise('5m').above(v.temperature)
      // @ts-expect-error a number of readings has no unit
      v.spo2.readings('5m').above('3 %')
      // @ts-expect-error the least of things that do not measure the same
      least(v.spo2, v.heartRate)
      // @ts-expect-error a temperature has no absolute value
      abs(v.temperature)
      // @ts-expect-error an age is no weight
      attribute('age').above(attribute('weight'))
      // @ts-expect-error texts have no order
      attribute('pathway').above('sepsis')
      // @ts-expect-error an attribute that is not built in says what it is
      attribute('score')
      // @ts-expect-error a silence has no value to be missing
      rule('r').whenSilent('spo2', '1s').missing('raise')
      // @ts-expect-error nobody is told unless resolved
      rule('r').whenSilent('spo2', '1s').notify('nurse', { unless: 'resolved' })
    }
    const typed = () => {
      expectTypeOf(v.heartRate.dividedBy(v.pulseRate)).toEqualTypeOf<Value<'number'>>()
      expectTypeOf(v.heartRate.dividedBy(v.systolic)).toEqualTypeOf<Value<'other'>>()
      expectTypeOf(v.heartRate.times(2)).toEqualTypeOf<Value<'rate'>>()
      expectTypeOf(v.temperature.minus(v.temperature)).toEqualTypeOf<Value<'temperature difference'>>()
      expectTypeOf(v.temperature.plus('1 K')).toEqualTypeOf<Value<'temperature'>>()
      expectTypeOf(define('a', (v) => v.spo2.mean('1m'))).toExtend<Value<'fraction'>>()
      expectTypeOf(define('a', (v) => v.spo2.below('1 %'))).toExtend<Condition>()
    }
    expect([refusedValues, typed]).toHaveLength(2)
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
  if ('known' in condition) return speak(condition.known, v).isKnown()
  if ('during' in condition) return during(condition.during)
  if ('use' in condition) return condition
  if ('atLeastOf' in condition) {
    const [first, second, ...more] = condition.conditions.map((part) => say(part, v))
    return atLeastOf(condition.atLeastOf, first as Condition, second as Condition, ...more)
  }
  const { signal, expression, count, of, ...word } = condition as Comparison & { expression?: Expression }
  const words =
    expression !== undefined
      ? speak(expression, v)
      : count === undefined
        ? v[signal]
        : v[signal].count(count).of(of as number)
  const [name, operand] = Object.entries(word)[0] as [string, Expression | Expression[]]
  const operands = (Array.isArray(operand) ? operand : [operand]).map((one) => partOf(one, v))
  return (words as unknown as Record<string, (...operands: unknown[]) => Condition>)[name]?.(...operands) as Condition
}

/** What a word of the builder is given for a part. */
function partOf(part: Expression, v: Vitals): unknown {
  if ('value' in part) return part.unit === '1' ? part.value : part
  if ('limit' in part) return limit(part.limit as 'spo2.low')
  if ('text' in part) return part.text
  return speak(part, v)
}

function speak(expression: Expression, v: Vitals): Value<'other'> {
  if ('value' in expression)
    return (
      expression.unit === '1' ? value(expression.value) : value(`${expression.value} ${expression.unit}`)
    ) as Value<'other'>
  if ('limit' in expression) return value(limit(expression.limit as 'spo2.low')) as Value<never>
  if ('attribute' in expression) {
    const isText = ['pathway', 'ward', 'sex', 'bed'].includes(expression.attribute)
    return attribute(expression.attribute, isText ? 'text' : 'kg') as Value<'other'>
  }
  if ('text' in expression) throw new Error('a text is no value to compare')
  if ('use' in expression) return valueOfMeasure(expression, 'defined')
  if ('op' in expression) {
    const words = { '+': 'plus', '-': 'minus', '*': 'times', '/': 'dividedBy' } as const
    const left = speak(expression.left, v) as unknown as Record<string, (other: unknown) => Value<'other'>>
    return left[words[expression.op]]?.(partOf(expression.right, v)) as Value<'other'>
  }
  if ('args' in expression) {
    const [first, second, ...more] = expression.args.map((arg) => speak(arg, v)) as [Value<'other'>, Value<'other'>]
    if (expression.call === 'abs') return abs(first)
    return (expression.call === 'least' ? least : greatest)(first, second, ...more)
  }
  const words = v[expression.signal] as unknown as Record<string, (...args: unknown[]) => Value<'other'>>
  if ('call' in expression) {
    const { call, over, atLeast, between } = expression
    const name = call === 'count' ? 'readings' : call
    const ends = between?.map((end) => partOf(end, v)) ?? []
    return words[name]?.(...ends, over, atLeast === undefined ? {} : { atLeast }) as Value<'other'>
  }
  if ('ago' in expression) return words.ago?.(expression.ago) as Value<'other'>
  if (expression.within !== undefined) return words.within?.(expression.within) as Value<'other'>
  return words as unknown as Value<'other'>
}
