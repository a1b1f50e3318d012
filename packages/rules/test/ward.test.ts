import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRules, evaluateRules, MillraceRulesError, parseRuleSet, parseRules, type Ward } from '../src/index.ts'
import { readings, ruleSets } from './arbitraries.ts'
import { Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 500)
const low = parseRules(
  'alarm low\n  when spo2 < 88 % for 15s\n  priority high\nalarm off technical\n  when no spo2 within 30s\n  priority low',
)

describe('rules alone', () => {
  it.each([
    ['of format 1', ruleSets, readings],
    ['of format 2', ruleSets2, readings2],
  ])('%s give what they give in a job, restored between any two readings or not', (_name, sets, rows) => {
    fc.assert(
      fc.property(sets, rows, fc.infiniteStream(fc.boolean()), (data, given, restores) => {
        const rules = parseRuleSet(data)
        const job = new Driver(() => evaluateRules(rules), { isReplay: false })
        let ward: Ward = compileRules(rules)
        const events = []
        let now = 0
        for (const reading of given) {
          now = Math.max(now, reading.time)
          job.read(reading, now)
          events.push(...ward.feed(reading, now))
          if (!restores.next().value) continue
          const snapshot = structuredClone(ward.snapshot())
          ward = compileRules(rules)
          ward.restore(snapshot)
        }
        job.advanceTo(now + 100)
        events.push(...ward.advanceTo(now + 100))
        expect(events).toEqual(job.events)
      }),
      { numRuns: cases },
    )
  })

  it('say when time alone brings something next', () => {
    const ward = compileRules(low)
    expect(ward.next).toBe(Infinity)
    expect(ward.feed({ patientId: 'p1', time: 1_000, spo2: 85 })).toEqual([])
    expect(ward.next).toBe(16_001)
    expect(ward.advanceTo(16_000)).toEqual([])
    expect(ward.advanceTo(16_001).map(({ rule, time }) => `${rule} ${time}`)).toEqual(['low 16000'])
    expect(ward.advanceTo(40_000).map(({ rule, time }) => `${rule} ${time}`)).toEqual(['off 31000'])
    expect(ward.next).toBe(Infinity)
  })

  it('tell what no rule can use, and go on', () => {
    const rejected: unknown[] = []
    const ward = compileRules(low, { onRejected: (one) => rejected.push(one) })
    ward.feed({ patientId: 'p1', time: 0, spo2: { value: 85, unit: 'kPa' } })
    ward.feed({ patientId: 'p1', time: Number.NaN, spo2: 85 }, 1)
    expect(rejected).toEqual([
      { patientId: 'p1', time: 0, signal: 'spo2', code: 'READING_UNIT_MISMATCH' },
      { patientId: 'p1', time: null, signal: null, code: 'READING_TIME_INVALID' },
    ])
  })

  it('forget a patient, and nothing of theirs is raised any more', () => {
    const ward = compileRules(low)
    for (const patientId of ['p1', 'p2']) ward.feed({ patientId, time: 0, spo2: 85 })
    ward.forget('p1')
    expect(ward.advanceTo(60_000).map(({ patientId, rule }) => `${patientId} ${rule}`)).toEqual(['p2 low', 'p2 off'])
    expect(ward.snapshot().patients.map(([id]) => id)).toEqual(['p2'])
  })

  it('go on from a snapshot of the earlier format, in which it did not stand since when limits hold', () => {
    const ward = compileRules(low)
    ward.feed({ patientId: 'p1', time: 0, spo2: 85 })
    const taken = structuredClone(ward.snapshot())
    const patients = taken.patients.map(([id, memory]) => {
      const numbers = [...(memory.vitals as Float64Array)]
      return [id, { ...memory, vitals: Float64Array.from([...numbers.slice(0, 12), ...numbers.slice(14)]) }] as const
    })
    const later = compileRules(low)
    later.restore({ ...taken, format: 3, patients })
    expect(later.advanceTo(60_000)).toEqual(ward.advanceTo(60_000))
    expect(later.snapshot()).toEqual(ward.snapshot())
  })

  it('go on from no snapshot of other rules', () => {
    const other = compileRules(parseRules('alarm low\n  when spo2 < 90 %\n  priority high')).snapshot()
    expect(() => compileRules(low).restore(other)).toThrow(MillraceRulesError)
  })
})
