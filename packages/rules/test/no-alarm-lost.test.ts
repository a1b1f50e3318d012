import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LifeDriver, lifeRules } from './life-driver.ts'

// What must be told, when and to whom, worked out ms by ms from plain facts about each rule; none of the machines is used.
const notify = [{ to: ['nurse'] }, { to: ['charge'], after: '4ms', unless: 'acknowledged' }]
const RULES = {
  a: { priority: 'high', notify },
  b: { priority: 'high', notify, latching: true, suppressedBy: ['a'] },
  c: { priority: 'high', notify, rearm: '6ms' },
  d: { priority: 'medium', notify, suppressedBy: ['b', 'c'] },
} as const
type RuleName = keyof typeof RULES
const NAMES = Object.keys(RULES) as RuleName[]
const LATE_AFTER = 5
const LATE_HELD = 3
const OPTIONS = {
  ...{ lateAfter: LATE_AFTER, lateHeld: LATE_HELD, fallback: ['switchboard'] },
  rate: { most: 1_000, within: 1 },
} as const

type Input =
  | { readonly do: 'raise' | 'late'; readonly rule: RuleName }
  | { readonly do: 'clear' | 'acknowledge' | 'undelivered'; readonly rule: RuleName }
  | { readonly do: 'pause' | 'snooze' | 'silence'; readonly rule: RuleName; readonly all: boolean; readonly ms: number }
  | { readonly do: 'resume'; readonly rule: RuleName; readonly all: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'nonsense' }

const rule = fc.constantFrom(...NAMES)
const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 6, arbitrary: rule.map((rule) => ({ do: 'raise' as const, rule })) },
  { weight: 1, arbitrary: rule.map((rule) => ({ do: 'late' as const, rule })) },
  { weight: 3, arbitrary: rule.map((rule) => ({ do: 'clear' as const, rule })) },
  { weight: 2, arbitrary: rule.map((rule) => ({ do: 'acknowledge' as const, rule })) },
  { weight: 1, arbitrary: rule.map((rule) => ({ do: 'undelivered' as const, rule })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('pause' as const, 'snooze' as const, 'silence' as const),
      rule,
      all: fc.boolean(),
      ms: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), rule, all: fc.boolean() }) },
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 7 }).map((ms) => ({ do: 'wait' as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ do: 'nonsense' as const }) },
)

/** What is known of a rule. */
interface Facts {
  isTrue: boolean
  isOpen: boolean
  isAcknowledged: boolean
  lateUntil: number
  quietUntil: number
  /** Since when its alarm is to be heard, and who has been told since. */
  heardSince: number | undefined
  chargeTold: boolean
  fellBack: boolean
  nurseFailed: boolean
}

class Model {
  now = 0
  readonly told: string[] = []
  readonly facts: Record<RuleName, Facts>
  #holds: { kind: string; rule: RuleName | null; until: number }[] = []

  constructor() {
    const blank = (): Facts => {
      return {
        ...{ isTrue: false, isOpen: false, isAcknowledged: false, lateUntil: 0, quietUntil: 0, heardSince: undefined },
        ...{ chargeTold: false, fellBack: false, nurseFailed: false },
      }
    }
    this.facts = { a: blank(), b: blank(), c: blank(), d: blank() }
  }

  wait(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.now += 1
      this.#holds = this.#holds.filter(({ until }) => until > this.now)
      const { c } = this.facts
      if (c.quietUntil === this.now && c.isTrue) this.#open('c', false)
      this.look()
    }
  }

  raise(name: RuleName, isLate: boolean): void {
    const facts = this.facts[name]
    if (facts.isTrue && !facts.isOpen) return // held already, until its rule is re-armed
    facts.isTrue = true
    if (!facts.isOpen && this.now >= facts.quietUntil) this.#open(name, isLate)
    this.look()
  }

  clear(name: RuleName): void {
    const facts = this.facts[name]
    const was = facts.isTrue
    facts.isTrue = false
    if (was && facts.isOpen && (name !== 'b' || facts.isAcknowledged)) this.#close(name)
    this.look()
  }

  acknowledge(name: RuleName): void {
    const facts = this.facts[name]
    if (!facts.isOpen) return
    facts.isAcknowledged = true
    if (!facts.isTrue) this.#close(name)
    this.look()
  }

  hold(kind: string, rule: RuleName | null, ms: number): void {
    this.#holds = this.#holds.filter((hold) => hold.kind !== kind || hold.rule !== rule)
    this.#holds.push({ kind, rule, until: this.now + ms })
    this.look()
  }

  resume(rule: RuleName | null): void {
    this.#holds = this.#holds.filter((hold) => rule !== null && hold.rule !== rule)
    this.look()
  }

  undelivered(name: RuleName): void {
    const facts = this.facts[name]
    if (!this.#isHeard(name) || facts.isAcknowledged || facts.nurseFailed) return
    facts.nurseFailed = true
    if (!facts.chargeTold) {
      facts.chargeTold = true
      this.told.push(`${this.now} charge undelivered ${name}`)
    } else if (!facts.fellBack) {
      facts.fellBack = true
      this.told.push(`${this.now} switchboard fallback ${name}`)
    }
  }

  /** Whoever is to be heard from now on is told to the nurse; whoever has been for 4 ms to the one in charge. */
  look(): void {
    for (const name of NAMES) {
      const facts = this.facts[name]
      if (!this.#isHeard(name)) facts.heardSince = undefined
      else if (facts.heardSince === undefined) {
        if (facts.isAcknowledged) continue
        Object.assign(facts, { heardSince: this.now, chargeTold: false, fellBack: false, nurseFailed: false })
        this.told.push(`${this.now} nurse raised ${name}`)
      } else if (!facts.chargeTold && this.now >= facts.heardSince + 4) {
        facts.chargeTold = true
        if (!facts.isAcknowledged) this.told.push(`${this.now} charge escalated ${name}`)
      }
    }
  }

  #isHeard(name: RuleName): boolean {
    return this.facts[name].isOpen && !this.#isHeldBack(name) && !this.#isSpokenFor(name)
  }

  #isHeldBack(name: RuleName): boolean {
    if (this.facts[name].lateUntil > this.now) return true
    return this.#holds.some(
      ({ kind, rule }) => (rule ?? name) === name && !(kind === 'snooze' && RULES[name].priority === 'high'),
    )
  }

  /** `a` speaks for `b`; `b`, `c` and, over `b`, `a` for `d`. */
  #isSpokenFor(name: RuleName): boolean {
    const isThere = (rule: RuleName) => this.facts[rule].isTrue && this.facts[rule].isOpen
    const speaks = (rule: RuleName) => isThere(rule) && !this.#isHeldBack(rule)
    if (name === 'b') return speaks('a')
    return name === 'd' && (speaks('b') || speaks('c') || (isThere('b') && speaks('a')))
  }

  #open(name: RuleName, isLate: boolean): void {
    const lateUntil = isLate ? this.now + LATE_HELD : 0
    Object.assign(this.facts[name], { isOpen: true, isAcknowledged: false, lateUntil, heardSince: undefined })
  }

  #close(name: RuleName): void {
    const quietUntil = name === 'c' ? this.now + 6 : 0
    Object.assign(this.facts[name], { isOpen: false, isAcknowledged: false, lateUntil: 0, quietUntil })
    this.facts[name].heardSince = undefined
  }
}

function apply(input: Input, model: Model, life: LifeDriver): void {
  switch (input.do) {
    case 'wait':
      model.wait(input.ms)
      life.advance(input.ms)
      break
    case 'raise':
      // Of one rule no two alarms begin at one time.
      life.raise(input.rule, life.now - life.events / 1e6)
      model.raise(input.rule, false)
      break
    case 'late':
      life.raise(input.rule, life.now - LATE_AFTER - 1 - life.events / 1e6)
      model.raise(input.rule, true)
      break
    case 'clear':
      life.clear(input.rule)
      model.clear(input.rule)
      break
    case 'acknowledge': {
      const alarm = life.records.findLast(({ rule, status }) => rule === input.rule && status === 'in-progress')?.id
      life.act({ action: 'acknowledge', alarm: alarm ?? 'none' })
      model.acknowledge(input.rule)
      break
    }
    case 'undelivered': {
      const notice = life.notices.findLast(({ cause, rule }) => rule === input.rule && cause === 'raised')
      if (notice === undefined) break
      life.act({ action: 'undelivered', notice: notice.key, recipient: 'nurse' })
      model.undelivered(input.rule)
      break
    }
    case 'resume':
      life.act({ action: 'resume', ...(input.all ? {} : { rule: input.rule }) })
      model.resume(input.all ? null : input.rule)
      break
    case 'nonsense':
      life.act({ action: 'pause', until: -1, reason: 'x' })
      break
    default: {
      const isAll = input.all && input.do !== 'silence'
      const target = isAll ? {} : { rule: input.rule }
      life.act({ action: input.do, until: life.now + input.ms, reason: 'busy', ...target })
      model.hold(input.do, isAll ? null : input.rule, input.ms)
    }
  }
}

/** Whether an input is the same whatever has been told or recorded before. */
const isBlind = (input: Input) => input.do !== 'acknowledge' && input.do !== 'undelivered'

class Command implements fc.Command<Model, LifeDriver> {
  readonly input: Input

  constructor(input: Input) {
    this.input = input
  }

  check(): boolean {
    return true
  }

  run(model: Model, life: LifeDriver): void {
    apply(this.input, model, life)
    const told = life.notices.map(({ cause, recipient, rule, time }) => `${time} ${recipient} ${cause} ${rule}`)
    // Of one moment the order is the machines' own.
    expect(told.toSorted()).toEqual(model.told.toSorted())
    expect(new Set(life.notices.map(({ key }) => key)).size).toBe(life.notices.length)
    // Of one alarm each record has a greater number than the one before.
    const revisions = new Map<string, number>()
    for (const { id, revision } of life.records) {
      expect(revision).toBeGreaterThan(revisions.get(id) ?? 0)
      revisions.set(id, revision)
    }
    for (const name of NAMES) {
      const { isAcknowledged, isOpen, isTrue } = model.facts[name]
      const { isKnown, ...known } = shown(life, name)
      expect({ name, isOpen: isKnown, ...known }).toEqual({
        ...{ name, isOpen, presence: isOpen && isTrue, acknowledged: isOpen && isAcknowledged },
      })
    }
  }

  toString(): string {
    return JSON.stringify(this.input)
  }
}

/** What the last record of a rule says. */
function shown(life: LifeDriver, name: RuleName) {
  const record = life.alarm(name)
  const isKnown = record?.status === 'in-progress'
  return { isKnown, presence: isKnown && record.presence, acknowledged: isKnown && record.acknowledged !== undefined }
}

describe('the life of alarms', () => {
  it('tells exactly what a list of plain facts tells, whatever comes: no path loses a raised alarm', () => {
    fc.assert(
      fc.property(
        fc.commands([input.map((input) => new Command(input))], { size: '+1', maxCommands: 60 }),
        (commands) => {
          fc.modelRun(() => ({ model: new Model(), real: new LifeDriver(lifeRules(RULES), OPTIONS) }), commands)
        },
      ),
      { numRuns: Number(process.env.MILLRACE_CASES ?? 2_000) },
    )
  })

  it('takes an input that comes after something was due as if a tick had come in time', () => {
    fc.assert(
      fc.property(fc.array(input.filter(isBlind), { maxLength: 40 }), (inputs) => {
        const [late, ticked] = [0, 1].map(() => new LifeDriver(lifeRules(RULES), OPTIONS, false)) as [
          LifeDriver,
          LifeDriver,
        ]
        for (const input of inputs) {
          for (const life of [late, ticked]) {
            if (input.do === 'wait') life.now += input.ms
            else {
              if (life === ticked) life.take({ type: 'tick' })
              apply(input, new Model(), life)
            }
          }
        }
        for (const life of [late, ticked]) life.take({ type: 'tick' })
        expect(late.facts).toEqual(ticked.facts)
        expect(late.records).toEqual(ticked.records)
        expect(late.state).toEqual(ticked.state)
      }),
      { numRuns: Number(process.env.MILLRACE_CASES ?? 2_000) / 2 },
    )
  })
})
