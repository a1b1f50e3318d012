import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRules, parseRuleSet } from '../src/index.ts'
import { brief, Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'
import { Model } from './model.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 1500)

describe('the engine, of expressions', () => {
  it('raises and clears as a model does that walks through time step by step', () => {
    fc.assert(
      fc.property(ruleSets2, readings2, (data, rows) => {
        const rules = parseRuleSet(data)
        const driver = new Driver(() => evaluateRules(rules))
        const model = new Model(rules, 'p1')
        let now = 0
        for (const row of rows) {
          const before = driver.events.length
          now = Math.max(now, row.time)
          driver.read(row, now)
          expect(brief(driver.events.slice(before))).toEqual(model.read(row))
        }
      }),
      { numRuns: cases },
    )
  })

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

  it('gives the same events, why and all, when it is restored between any two readings', () => {
    fc.assert(
      fc.property(
        ruleSets2,
        readings2,
        fc.infiniteStream(fc.boolean()),
        fc.boolean(),
        (data, rows, crashes, isReplay) => {
          const rules = parseRuleSet(data)
          const [plain, restored] = [0, 1].map(() => new Driver(() => evaluateRules(rules), { isReplay })) as [
            Driver,
            Driver,
          ]
          let now = 0
          for (const row of rows) {
            now = Math.max(now, row.time)
            plain.read(row, now)
            restored.read(row, now)
            if (crashes.next().value) restored.restore()
          }
          plain.advanceTo(now + 20)
          restored.advanceTo(now + 20)
          expect(restored.events).toEqual(plain.events)
          expect(restored.counters).toEqual(plain.counters)
        },
      ),
      { numRuns: cases / 2 },
    )
  })

  it('finds live, by the job’s clock, what a replay finds by one more reading that says nothing', () => {
    fc.assert(
      fc.property(ruleSets2, readings2, (data, rows) => {
        const rules = parseRuleSet(data)
        const inOrder = rows.filter(({ time }, i) => rows.slice(0, i).every((row) => row.time < time))
        const live = new Driver(() => evaluateRules(rules), { isReplay: false })
        const replay = new Driver(() => evaluateRules(rules))
        for (const row of inOrder) {
          live.read(row)
          replay.read(row)
        }
        const end = (inOrder.at(-1)?.time ?? 0) + 200
        live.advanceTo(end)
        replay.read({ patientId: 'p1', time: end - 1 }, end - 1)
        expect(live.events).toEqual(inOrder.length > 0 ? replay.events : [])
      }),
      { numRuns: cases / 2 },
    )
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
