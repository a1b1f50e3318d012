import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyChange,
  type ChangeOutcome,
  parseRuleSet,
  parseRules,
  printRules,
  type RuleHistory,
  rule,
  ruleHistory,
  ruleSet,
  rulesOf,
} from '../index.ts'
import { canonicalJson } from '../schema/canonical-json.ts'
import { sha256 } from '../schema/sha-256.ts'

const HOUR = 3_600_000
const ALARM = 'alarm fast\n  when heart-rate > limit(heart-rate.high)\n'
const OWN =
  'limits\n  default heart-rate.high 120 /min\n  own heart-rate.high between 100 /min and 160 /min for at most 12h\n'
const BASE = parseRules(OWN + ALARM)
const FREE = parseRules(`limits\n  default heart-rate.high 120 /min\n${ALARM}`)

let count = 0
const apply = (history: RuleHistory, change: object): ChangeOutcome =>
  applyChange(history, { id: `c${count++}`, at: 0, author: 'dr-3', reason: 'fever', ...change })
const after = (history: RuleHistory, change: object): RuleHistory => {
  const outcome = apply(history, change)
  if (outcome.status === 'accepted') return outcome.history
  throw new Error(JSON.stringify(outcome))
}
const refused = (history: RuleHistory, change: object): string[] => {
  const outcome = apply(history, change)
  return outcome.status === 'refused' ? outcome.problems.map((one) => `${one.path} ${one.code} ${one.message}`) : []
}
const own = (limit: unknown, who = 'p7') => ({ limits: { patients: { [who]: { 'heartRate.high': limit } } } })
const timed = (value: number, hours: number, from = 0) => own({ limit: `${value} /min`, until: from + hours * HOUR })
const P7 = 'limits.patients.p7["heartRate.high"]'

describe('what patients’ own limits may be', () => {
  it('is said alike in words, in JSON and by the builder', () => {
    const bound = { between: ['100 /min', '160 /min'], longest: '12h' } as const
    const limits = { default: { 'heartRate.high': '120 /min' }, own: { 'heartRate.high': bound } } as const
    const built = ruleSet([rule('fast').when((v) => v.heartRate.above('99 /min'))], { limits })
    expect(built.limits).toEqual(BASE.limits)
    const json = { format: 2, rules: BASE.rules, limits }
    expect(parseRuleSet(json).version).toBe(BASE.version)
    expect(BASE.version).toBe(`sha256:${sha256(canonicalJson(BASE.toJSON()))}`)
    expect(BASE.version).not.toBe(FREE.version)
    expect(parseRuleSet({ ...json, limits: { ...limits, own: {} } }).version).toBe(FREE.version)
    expect(() => parseRuleSet({ ...json, format: 1 })).toThrow('format 1 cannot')
  })

  it('is kept by changes: the range with both its ends, in any unit, and the time to its last ms', () => {
    const history = ruleHistory(BASE)
    for (const value of [100, 160]) expect(refused(history, timed(value, 12))).toEqual([])
    expect(refused(history, own({ limit: '2.5 Hz', until: HOUR }))).toEqual([])
    expect(refused(history, own({ limit: '161 /min', until: HOUR }))).toEqual([
      `${P7} RULES_LIMIT_OUT_OF_RANGE a patient's own heartRate.high may be 100 /min to 160 /min, got 161 /min`,
    ])
    expect(refused(history, own({ limit: '2.7 Hz', until: HOUR }))[0]).toContain('RULES_LIMIT_OUT_OF_RANGE')
    expect(refused(history, own({ limit: '99.9 /min', until: HOUR }))[0]).toContain('RULES_LIMIT_OUT_OF_RANGE')
    const message =
      "RULES_LIMIT_TOO_LONG a patient's own heartRate.high may hold for 12h at most from when the change is made"
    expect(refused(history, own({ limit: '130 /min', until: 12 * HOUR + 1 }))).toEqual([
      `${P7} ${message}; got 43200001ms`,
    ])
    expect(refused(history, own('130 /min'))).toEqual([`${P7} ${message}; it has no end`])
    // What a set says as a whole, or in parts, is given too, and has no end.
    const put = { put: 'limits patient p7 heart-rate.high 130 /min' }
    expect(refused(history, put)).toEqual([`${P7} ${message}; it has no end`])
    const set = { set: `${OWN}  patient p7 heart-rate.high 130 /min\n${ALARM}` }
    expect(refused(history, set)).toEqual([`${P7} ${message}; it has no end`])
  })

  it('binds patients alone: not the default, not a ward', () => {
    const limits = { default: { 'heartRate.high': '90 /min' }, wards: { icu: { 'heartRate.high': '180 /min' } } }
    expect(refused(ruleHistory(BASE), { limits })).toEqual([])
    expect(refused(ruleHistory(FREE), own('300 /min'))).toEqual([])
  })

  it('holds longer by being given again, each time for no longer', () => {
    let history = after(ruleHistory(BASE), timed(130, 12))
    history = after(history, { at: 10 * HOUR, ...timed(140, 12, 10 * HOUR) })
    expect(rulesOf(history).limits?.patients?.p7).toEqual({ 'heartRate.high': { value: 140, unit: '/min' } })
    expect(refused(history, { at: 11 * HOUR, ...timed(140, 12.5, 11 * HOUR) })).toHaveLength(1)
    // What is in force stays so while other things change, also after its end.
    expect(refused(history, { at: 30 * HOUR, disable: ['fast'] })).toEqual([])
    expect(refused(history, { at: 30 * HOUR, ...own({ limit: '130 /min', until: 31 * HOUR }, 'p8') })).toEqual([])
  })

  it('is not narrowed over a limit that is in force, nor rolled back over one', () => {
    const free = after(after(ruleHistory(FREE), own('170 /min')), own({ limit: '130 /min', until: 20 * HOUR }, 'p8'))
    const range = { own: { 'heartRate.high': { between: ['100 /min', '160 /min'] } } }
    expect(refused(free, { limits: range })).toEqual([expect.stringContaining(`${P7} RULES_LIMIT_OUT_OF_RANGE`)])
    const longest = { own: { 'heartRate.high': { longest: '12h' } } }
    expect(refused(free, { limits: longest }).map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual([
      `${P7} RULES_LIMIT_TOO_LONG`,
      'limits.patients.p8["heartRate.high"] RULES_LIMIT_TOO_LONG',
    ])
    // In the same change they are given anew, or taken away.
    const patients = { p7: { 'heartRate.high': null }, p8: { 'heartRate.high': { limit: '140 /min', until: HOUR } } }
    const both = { own: { 'heartRate.high': { between: ['100 /min', '160 /min'], longest: '12h' } } }
    const narrowed = apply(free, { limits: { ...both, patients } })
    expect(narrowed.status === 'accepted' && narrowed.differences).toEqual([
      { limit: 'heartRate.high', of: 'own', what: 'added' },
      { limit: 'heartRate.high', of: 'patient', who: 'p7', what: 'removed' },
      { limit: 'heartRate.high', of: 'patient', who: 'p8', what: 'changed' },
    ])
    const wide = after(ruleHistory(BASE), { limits: { own: { 'heartRate.high': null } } })
    expect(rulesOf(wide).version).toBe(FREE.version)
    expect(refused(after(wide, own('170 /min')), { rollBack: BASE.version })).toEqual([
      expect.stringContaining(`${P7} RULES_LIMIT_OUT_OF_RANGE`),
    ])
  })

  it('lets a history be read again, and its set not start anew without the ends of its limits', () => {
    const history = after(ruleHistory(BASE), timed(130, 12))
    const read = structuredClone(history)
    expect(rulesOf(read).version).toBe(rulesOf(history).version)
    expect(refused(read, { disable: ['fast'] })).toEqual([])
    expect(() => parseRules(printRules(rulesOf(history)))).toThrow('RULES_LIMIT_TOO_LONG')
    // A whole set with the limit as it is in force leaves the limit its end.
    const whole = after(read, { set: { ...rulesOf(history).toJSON(), rules: [] } })
    expect(whole.versions.at(-1)?.signed?.p7?.['heartRate.high']).toMatchObject({ until: 12 * HOUR })
  })
})

interface Given {
  readonly value: number
  readonly until: number | undefined
}
interface Said {
  readonly low: number
  readonly more: number
  readonly longest: number | undefined
}
const bound: fc.Arbitrary<Said> = fc.record({
  low: fc.integer({ min: 1, max: 5 }),
  more: fc.nat(4),
  longest: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
})
const step = fc.record({
  after: fc.nat(3),
  what: fc.oneof(
    fc.record({ own: fc.option(bound) }),
    fc.record({
      who: fc.constantFrom('p1', 'p2'),
      value: fc.integer({ min: 1, max: 9 }),
      holds: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    }),
    fc.record({ who: fc.constantFrom('p1', 'p2'), gone: fc.constant(true) }),
  ),
})

it('any row of changes is accepted where a list of what is in force says so', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      let history = ruleHistory(FREE)
      let said = null as Said | null
      let given: Readonly<Record<string, Given>> = {}
      let now = 0
      for (const { after: ms, what } of steps) {
        now += ms
        const before: Said | null = said
        const old: Readonly<Record<string, Given>> = given
        let change: object
        let fresh: string[] = []
        if ('own' in what) {
          said = what.own
          const { low = 0, more = 0, longest } = said ?? {}
          const between = [`${low} /min`, `${low + more} /min`]
          const bounds = said === null ? null : { between, ...(longest !== undefined && { longest }) }
          if (said?.longest !== before?.longest) fresh = Object.keys(given)
          change = { limits: { own: { 'heartRate.high': bounds } } }
        } else if ('gone' in what) {
          given = Object.fromEntries(Object.entries(given).filter(([who]) => who !== what.who))
          change = own(null, what.who)
        } else {
          const until = what.holds === undefined ? undefined : now + what.holds
          given = { ...given, [what.who]: { value: what.value, until } }
          fresh = [what.who]
          const limit = `${what.value} /min`
          change = own(until === undefined ? limit : { limit, until }, what.who)
        }
        const { low = 0, more = Infinity, longest = Infinity } = said ?? {}
        const isFit =
          Object.values(given).every(({ value }) => value >= low && value <= low + more) &&
          fresh.every((who) => ((given[who] as Given).until ?? Infinity) - now <= longest)
        const outcome = apply(history, { at: now, ...change })
        expect(outcome.status).toBe(isFit ? 'accepted' : 'refused')
        if (outcome.status === 'accepted') history = structuredClone(outcome.history)
        else [said, given] = [before, old]
        const values = Object.entries(rulesOf(history).limits?.patients ?? {})
        expect(values.map(([who, table]) => [who, table['heartRate.high']?.value]).sort()).toEqual(
          Object.entries(given)
            .map(([who, { value }]) => [who, value])
            .sort(),
        )
      }
    }),
    { numRuns: Number(process.env.MILLRACE_CASES ?? 1_000) },
  )
})
