import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRules, parseRuleSet, type Reading, rule, ruleSet } from '../src/index.ts'
import { readings, ruleSets } from './arbitraries.ts'
import { brief, Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'
import { Model } from './model.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 2000)

describe.each([
  ['of format 1', ruleSets, readings],
  ['of all of the language', ruleSets2, readings2],
])('the engine, %s', (_name, sets, rowsOf) => {
  it('raises and clears as a model does that walks through time step by step', () => {
    fc.assert(
      fc.property(sets, rowsOf, (data, rows) => {
        const rules = parseRuleSet(data)
        const driver = new Driver(() => evaluateRules(rules))
        const models = new Map(['p1', 'p2'].map((id) => [id, new Model(rules, id)]))
        let now = 0
        for (const row of rows) {
          const before = driver.events.length
          now = Math.max(now, row.time)
          driver.read(row, now)
          expect(brief(driver.events.slice(before))).toEqual((models.get(row.patientId) as Model).read(row))
        }
      }),
      { numRuns: cases },
    )
  })

  it('gives the same events, why and all, when it is restored between any two readings', () => {
    fc.assert(
      fc.property(sets, rowsOf, fc.infiniteStream(fc.boolean()), fc.boolean(), (data, rows, crashes, isReplay) => {
        const rules = parseRuleSet({
          ...data,
          rules: [...data.rules, { id: 'silent', when: { silent: 'spo2', within: '4ms' } }],
        })
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
      }),
      { numRuns: cases / 2 },
    )
  })

  it('finds live, by the job’s clock, what a replay finds by one more reading that says nothing', () => {
    fc.assert(
      fc.property(sets, rowsOf, (data, rows) => {
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
        for (const patientId of ['p1', 'p2']) replay.read({ patientId, time: end - 1 }, end - 1)
        for (const id of ['p1', 'p2']) {
          const of = (driver: Driver) => driver.events.filter(({ patientId }) => patientId === id)
          expect(of(live)).toEqual(inOrder.some((row) => row.patientId === id) ? of(replay) : [])
        }
      }),
      { numRuns: cases / 2 },
    )
  })
})

describe('the engine, of silences', () => {
  it('finds every silence that a look at all arrivals finds', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(undefined, null, 0, 5)), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(gaps, fc.boolean(), fc.integer({ min: 1, max: 12 }), (rows, zeroIsValue, within) => {
        const silent = rule('silent').whenSilent('spo2', within)
        const driver = new Driver(() => evaluateRules(ruleSet([zeroIsValue ? silent : silent.zeros('no-signal')])))
        const expected: string[] = []
        let time = 0
        let seen: number | undefined
        let isRaised = false
        const look = () => {
          if (seen === undefined || isRaised || time <= seen + within) return
          isRaised = true
          expected.push(`silent raised ${seen + within}`)
        }
        for (const [gap, spo2] of rows) {
          time += gap
          look()
          seen ??= time
          if (typeof spo2 === 'number' && (zeroIsValue || spo2 !== 0)) {
            seen = time
            if (isRaised) expected.push(`silent cleared ${time}`)
            isRaised = false
          }
          const reading: Reading = { patientId: 'p1', time, spo2 }
          driver.read(reading)
          if (gap % 3 === 0) driver.restore()
        }
        time += 100
        look()
        driver.advanceTo(time)
        expect(brief(driver.events)).toEqual(expected)
      }),
      { numRuns: cases / 2 },
    )
  })
})
