import { describe, expect, it } from 'vitest'
import { evaluateRules, parseRuleSet } from '../src/index.ts'
import { brief, Driver } from './driver.ts'
import { Model } from './model.ts'

describe('the engine, of expressions', () => {
  it('takes a run for over that ran out in the ms before the reading, though the rule turns true again at its moment', () => {
    const isLow = { expression: { signal: 'spo2', within: '1ms' }, below: { value: 4, unit: '%' } } as const
    const rules = parseRuleSet({
      format: 2,
      rules: [
        {
          id: 'low',
          priority: 'high',
          when: { or: [isLow, { not: { known: { signal: 'spo2', within: '1ms' } } }] },
          clear: { when: { expression: { signal: 'spo2', ago: '1ms' }, above: { value: 0, unit: '%' } } },
        },
      ],
    })
    const driver = new Driver(() => evaluateRules(rules))
    const model = new Model(rules, 'p1')
    const expected: string[] = []
    for (const time of [980, 981, 983]) {
      driver.read({ patientId: 'p1', time, spo2: 3 }, time)
      expected.push(...model.read({ patientId: 'p1', time, spo2: 3 }))
    }
    // Both conditions hold at 981 and neither waits, so that one alarm is enough; at 982.5 neither is known to.
    expect(brief(driver.events).slice(-2)).toEqual(['low raised 983', 'low cleared 983'])
    expect(brief(driver.events)).toEqual(expected)
  })

  it('goes on with a run that one part ends and a schedule begins to hold for, at the ms of a reading', () => {
    const rules = parseRuleSet({
      format: 2,
      schedules: { day: { from: '00:00', to: '12:00', zone: 'UTC' } },
      rules: [
        {
          id: 'low',
          when: { or: [{ signal: 'spo2', below: { value: 90, unit: '%' } }, { during: 'day' }] },
          for: '5ms',
        },
      ],
    })
    const midnight = 10 * 86_400_000
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: midnight - 5, spo2: 80 })
    driver.read({ patientId: 'p1', time: midnight, spo2: 95 })
    expect(brief(driver.events)).toEqual([`low raised ${midnight}`])
  })
})

describe('why', () => {
  it('names attributes in the unit in which they are declared: an age in years', () => {
    const rules = parseRuleSet({
      format: 2,
      attributes: { dose: 'mg' },
      rules: [
        {
          id: 'adult',
          when: {
            and: [
              { expression: { attribute: 'age' }, atLeast: { value: 18, unit: 'a' } },
              { expression: { attribute: 'dose' }, above: { value: 1, unit: 'g' } },
            ],
          },
        },
      ],
    })
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: 0, attributes: { age: 40, dose: 1100.3 } })
    expect(driver.events[0]?.why.values).toMatchObject([
      { value: 40, unit: 'a', limit: 18, limitUnit: 'a', inputs: [{ of: 'age', value: 40, unit: 'a' }] },
      { value: 1100.3, unit: 'mg', limit: 1, limitUnit: 'g', inputs: [{ of: 'dose', value: 1100.3, unit: 'mg' }] },
    ])
  })
})

describe('a patient who moves to a ward of another time zone', () => {
  it('comes under its part of the day with the reading that says so, and leaves it with the next', () => {
    const rules = parseRuleSet({
      format: 2,
      schedules: {
        night: { from: '22:00', to: '06:00', zone: { wards: { tokyo: 'Asia/Tokyo' }, default: 'UTC' } },
      },
      rules: [
        { id: 'asleep', priority: 'low', when: { during: 'night' } },
        { id: 'low', when: { and: [{ during: 'night' }, { signal: 'spo2', below: { value: 90, unit: '%' } }] } },
      ],
    })
    const driver = new Driver(() => evaluateRules(rules))
    // 14:00 in UTC is 23:00 in Tokyo.
    const two = Date.UTC(2026, 5, 1, 14)
    driver.read({ patientId: 'p1', time: two - 1000, spo2: 80 })
    driver.read({ patientId: 'p1', time: two, ward: 'tokyo' })
    driver.read({ patientId: 'p1', time: two + 1000, ward: 'icu' })
    expect(brief(driver.events)).toEqual([
      `asleep raised ${two}`,
      `low raised ${two}`,
      `asleep cleared ${two + 1000}`,
      `low cleared ${two + 1000}`,
    ])
  })
})
