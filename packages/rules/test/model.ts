import type { Condition, Reading, RuleData, RuleSet, Signal, VitalValue } from '../src/index.ts'
import { holds } from './condition-model.ts'
import { type Known, ms } from './expression-model.ts'

interface RuleState {
  raised: boolean
  run: number | undefined
  since: number
  isSpent: boolean
}

/**
 * What rules mean, said in the slowest way: time is walked in steps of half a ms (readings stand at whole ones, so that
 * the half ones show what lies between), and at each step every condition is evaluated from the list of annotations.
 *
 * It can catch a transition that is missed, too many, at a wrong time or out of order, whatever shortcut the engine takes.
 * It cannot catch what both misunderstand: that is what `meaning.test.ts` is for. Values are in the signals' own units.
 */
export class Model {
  #rules: readonly RuleData[]
  #set: RuleSet
  readonly #patientId: string
  readonly #annotations = new Map<Signal, { time: number; value: number }[]>()
  /** What each attribute was said to be, and when. */
  readonly #attributes = new Map<string, { time: number; value: number | string | null }[]>()
  #states: RuleState[]
  #blind: readonly number[]
  #clock = -Infinity
  /** Every alarm until now: what it is about, when it was raised and when cleared. */
  readonly alarms: { readonly slot: string; readonly raised: number; cleared: number }[] = []
  /** The first moment that has not been walked through. */
  #next = -Infinity
  #events: { index: number; time: number; text: string }[] = []

  constructor(set: RuleSet, patientId: string) {
    this.#set = set
    this.#rules = set.rules
    this.#patientId = patientId
    // A rule that raises what is missing has a second state behind those of all rules: its blindness.
    this.#blind = [...set.rules.keys()].filter((index) => set.rules[index]?.missing === 'raise')
    const states = [...set.rules, ...this.#blind]
    this.#states = states.map(() => ({ raised: false, run: undefined, since: -Infinity, isSpent: false }))
  }

  /** The events of one reading, as `rule event time`. */
  read(reading: Reading): string[] {
    this.#events = []
    const { time } = reading
    const isInOrder = time >= this.#clock
    this.#walkTo(time)
    const changed: string[] = (['spo2', 'heartRate'] as const).filter((signal) => {
      return this.#annotate(signal, time, reading[signal])
    })
    const said = { ...reading.attributes, ward: reading.ward ?? undefined }
    for (const [name, value] of Object.entries(said)) {
      const list = this.#listOf(name)
      if (
        value === undefined ||
        (typeof value === 'object' && value !== null) ||
        time < (list.at(-1)?.time ?? -Infinity)
      )
        continue
      const before = this.#tableOf(list.at(-1)?.value)
      if (list.at(-1)?.time === time) list.pop()
      list.push({ time, value })
      changed.push(name)
      if (name !== 'ward' || this.#tableOf(value) === before) continue
      this.#listOf(LIMITS).push({ time, value: null })
      changed.push(LIMITS)
    }
    this.#clock = Math.max(this.#clock, time)
    if (isInOrder) {
      this.#stepAll(time)
      this.#next = time + 0.5
    } else {
      for (const index of this.#states.keys()) {
        const used = namesIn(this.#ruleOf(index), this.#set, this.#isBlindness(index))
        if (!changed.some((name) => used.has(name))) continue
        const lists = [...used].map((name) => this.#annotations.get(name as Signal) ?? this.#attributes.get(name))
        const start = Math.max(...lists.map((list) => list?.at(-1)?.time ?? -Infinity))
        for (let at = start; at <= this.#clock; at += 0.5) this.#step(index, at)
      }
    }
    this.#events.sort((a, b) => a.time - b.time || a.index - b.index)
    return this.#events.map(({ text }) => text)
  }

  /**
   * The events of another set of rules that comes in force at `at`, which is not before the last reading. Rules that are written alike in
   * both are the same; of the others what is raised goes on if there still is a rule of that id, and all else begins anew. These, and those
   * whose limits are others now, are looked at at once; for the rest of the rules the moment is over when all that comes in it has come.
   */
  change(set: RuleSet, at: number): string[] {
    this.#events = []
    this.#walkTo(at)
    const setBefore = this.#set
    const before = new Map(
      this.#states.map((state, index) => [this.#nameOf(index), { state, text: JSON.stringify(this.#ruleOf(index)) }]),
    )
    this.#set = set
    this.#rules = set.rules
    this.#blind = [...set.rules.keys()].filter((index) => set.rules[index]?.missing === 'raise')
    const lookedAt: number[] = []
    const isMoved = (limit: string) => this.#limitOf(limit, setBefore, at) !== this.#limitOf(limit, set, at)
    // As many as there are, since a state's rule is found by its place.
    this.#states.length = set.rules.length + this.#blind.length
    this.#states = [...this.#states.keys()].map((index): RuleState => {
      const rule = this.#ruleOf(index)
      const name = this.#nameOf(index)
      const known = before.get(name)
      before.delete(name)
      const isSame = known?.text === JSON.stringify(rule)
      if (!isSame || limitsIn(rule).some(isMoved)) lookedAt.push(index)
      if (isSame && known !== undefined) return known.state
      return { raised: known?.state.raised === true, run: undefined, since: at, isSpent: false }
    })
    for (const [name, { state }] of before) {
      if (!state.raised) continue
      const [id] = name.split(' ')
      this.#events.push({ index: 0, time: at, text: `${id} cleared ${at}` })
    }
    for (const index of lookedAt) this.#step(index, at)
    this.#clock = Math.max(this.#clock, at)
    this.#next = at
    return this.#events.map(({ text }) => text)
  }

  #nameOf(index: number): string {
    return `${this.#ruleOf(index).id} ${this.#isBlindness(index)}`
  }

  #listOf(attribute: string): { time: number; value: number | string | null }[] {
    const list = this.#attributes.get(attribute) ?? []
    this.#attributes.set(attribute, list)
    return list
  }

  /** The limits of a ward's own. */
  #tableOf(ward: unknown): Readonly<Record<string, unknown>> | undefined {
    return this.#set.limits?.wards?.[ward as string]
  }

  #annotate(signal: Signal, time: number, raw: VitalValue | undefined): boolean {
    if (raw === undefined) return false
    const value = typeof raw === 'number' ? raw : Number.NaN
    const list = this.#annotations.get(signal) ?? []
    this.#annotations.set(signal, list)
    const last = list.at(-1)
    if (last !== undefined && time < last.time) return false
    if (last?.time === time) list.pop()
    list.push({ time, value })
    return true
  }

  #walkTo(time: number): void {
    if (this.#next > -Infinity) for (let at = this.#next; at < time; at += 0.5) this.#stepAll(at)
  }

  #stepAll(at: number): void {
    for (const index of this.#states.keys()) this.#step(index, at)
  }

  #step(index: number, at: number): void {
    const rule = this.#ruleOf(index)
    const isBlindness = this.#isBlindness(index)
    const state = this.#states[index] as RuleState
    const delays = isBlindness ? ([0, 0] as const) : ([ms(rule.for), ms(rule.clear?.for)] as const)
    for (;;) {
      const when = rule.when as Condition
      const awaited = state.raised ? (rule.clear?.when ?? { not: when }) : when
      const holds = isBlindness ? this.#isBlind(when, rule, at) === !state.raised : this.#holds(awaited, rule, at)
      if (holds !== true) {
        state.run = undefined
        state.isSpent = false
        return
      }
      state.run ??= Math.max(at, state.since)
      if (state.isSpent || at - state.run < delays[state.raised ? 1 : 0]) return
      const isAgain = state.raised && state.since === at && delays[0] + delays[1] === 0
      state.raised = !state.raised
      this.#note(isBlindness ? `${rule.id}!RULES_INPUT_UNKNOWN` : rule.id, state.raised, at)
      this.#events.push({ index, time: at, text: `${rule.id} ${state.raised ? 'raised' : 'cleared'} ${at}` })
      state.since = at
      state.run = undefined
      state.isSpent = isAgain
    }
  }

  #note(slot: string, isRaised: boolean, at: number): void {
    const open = this.alarms.find((one) => one.slot === slot && one.cleared === Infinity)
    if (isRaised) this.alarms.push({ slot, raised: at, cleared: Infinity })
    else if (open !== undefined) open.cleared = at
  }

  /** As of what is known: what runs out is neither until the next whole ms. */
  #isBlind(when: Condition, rule: RuleData, at: number): boolean | undefined {
    if (this.#holds(when, rule, at) !== undefined) return false
    return this.#holds(when, rule, Math.floor(at)) === undefined ? true : undefined
  }

  #ruleOf(index: number): RuleData {
    return this.#rules[
      this.#isBlindness(index) ? (this.#blind[index - this.#rules.length] as number) : index
    ] as RuleData
  }

  #isBlindness(index: number): boolean {
    return index >= this.#rules.length
  }

  #holds(condition: Condition, rule: RuleData, at: number): boolean | undefined {
    return holds(condition, at, (moment) => this.#known(rule, moment))
  }

  #known(rule: RuleData, at: number): Known {
    return {
      set: this.#set,
      rule,
      annotations: (signal) => (this.#annotations.get(signal) ?? []).filter(({ time }) => time <= at),
      attribute: (name) => (this.#attributes.get(name) ?? []).findLast(({ time }) => time <= at)?.value ?? undefined,
      limit: (limit) => this.#limitOf(limit, this.#set, at) as number,
    }
  }

  #limitOf(limit: string, { limits }: RuleSet, at: number): number | undefined {
    const ward = this.#attributes.get('ward')?.findLast(({ time }) => time <= at)?.value
    const ofWard = limits?.wards?.[ward as string]?.[limit]
    return (limits?.patients?.[this.#patientId]?.[limit] ?? ofWard ?? limits?.default[limit])?.value
  }
}

/** Stands for when a patient came under other limits, beside the attributes. */
const LIMITS = 'limits'

/** The signals and attributes that a rule speaks of, through definitions too. */
function namesIn(rule: RuleData, set: RuleSet, isBlindness: boolean): Set<string> {
  const names = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [field, value] of Object.entries(node)) {
      if (field === 'limit') names.add(LIMITS)
      if (field === 'signal' || field === 'attribute') names.add(value as string)
      else if (field === 'use') visit(set.definitions?.[value as string])
      else if (field === 'during' && typeof set.schedules?.[value as string]?.zone === 'object') names.add('ward')
      else visit(value)
    }
  }
  visit(isBlindness ? rule.when : [rule.when, rule.clear])
  return names
}

/** The limits that a rule compares with. */
function limitsIn(rule: RuleData): string[] {
  const found: string[] = []
  JSON.stringify(rule, (field, value) => {
    if (field === 'limit') found.push(value as string)
    return value
  })
  return found
}
