import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileRules, parseRules, type RuleChange, type Ward } from '../src/index.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 300)

const rules = parseRules(`
limits
  default heart-rate.high 100 /min
  ward icu heart-rate.high 110 /min

alarm fast
  when heart-rate > limit(heart-rate.high)
`)

type Step = { readonly after: number; readonly who: 'p1' | 'p2' } & (
  | { readonly rate: number; readonly ward: 'icu' | 'other' }
  | { readonly limit: number | null; readonly holds?: number | undefined }
)

const base = { after: fc.integer({ min: 1, max: 3_000 }), who: fc.constantFrom('p1' as const, 'p2' as const) }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    ...base,
    rate: fc.constantFrom(85, 95, 105, 115, 125),
    ward: fc.constantFrom('icu' as const, 'other' as const),
  }),
  fc.record({
    ...base,
    limit: fc.option(fc.constantFrom(90, 104, 120)),
    holds: fc.option(fc.integer({ min: 1, max: 7_000 }), { nil: undefined }),
  }),
)

const END = 60_000

/** Asks at each ms what the limit is by then, and whether the last rate is over it. */
function byEachMoment(steps: readonly Step[]): string[] {
  const told: string[] = []
  const last = { p1: undefined, p2: undefined } as Record<string, { rate: number; ward: string } | undefined>
  const own = new Map<string, { limit: number; until: number }>()
  const isRaised = new Set<string>()
  const look = (now: number): void => {
    for (const who of ['p1', 'p2']) {
      const reading = last[who]
      if (reading === undefined) continue
      const given = own.get(who)
      const ofWard = reading.ward === 'icu' ? 110 : 100
      const limit = given !== undefined && now < given.until ? given.limit : ofWard
      const isOver = reading.rate > limit
      if (isOver === isRaised.has(who)) continue
      if (isOver) isRaised.add(who)
      else isRaised.delete(who)
      told.push(`${now} ${who} ${isOver ? 'raised' : 'cleared'} ${limit}`)
    }
  }
  let now = 0
  for (const one of steps) {
    for (const next = now + one.after; now < next; ) {
      now += 1
      look(now)
    }
    if ('rate' in one) last[one.who] = one
    else if (one.limit === null) own.delete(one.who)
    else own.set(one.who, { limit: one.limit, until: one.holds === undefined ? Infinity : now + one.holds })
    look(now)
  }
  while (now < END) look(++now)
  return told
}

function byTheWard(steps: readonly Step[], restores: boolean): string[] {
  let ward: Ward = compileRules(rules)
  const told: string[] = []
  const tell = (events: ReturnType<Ward['feed']>): void => {
    for (const { time, patientId, event, why } of events) {
      told.push(`${time} ${patientId} ${event} ${why.values[0]?.limit}`)
    }
  }
  let now = 0
  for (const [i, one] of steps.entries()) {
    now += one.after
    if ('rate' in one) tell(ward.feed({ patientId: one.who, time: now, heartRate: one.rate, ward: one.ward }, now))
    else tell(ward.change(changeOf(one, `c${i}`, now), now).events)
    if (!restores) continue
    const snapshot = structuredClone(ward.snapshot())
    ward = compileRules(rules)
    ward.restore(snapshot)
  }
  tell(ward.advanceTo(END))
  return told
}

function changeOf(
  one: Step & { limit: number | null; holds?: number | undefined },
  id: string,
  at: number,
): RuleChange {
  const limit = `${one.limit} /min`
  const value = one.limit === null ? null : one.holds === undefined ? limit : { limit, until: at + one.holds }
  const limits = { patients: { [one.who]: { 'heartRate.high': value } } }
  return { id, at, author: 'doctor-1', reason: 'as asked', limits }
}

it('at each moment a patient has the limit that was given and holds, else that of the ward, else the default', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), fc.boolean(), (steps, restores) => {
      expect(byTheWard(steps, restores)).toEqual(byEachMoment(steps))
    }),
    { numRuns: cases },
  )
})
