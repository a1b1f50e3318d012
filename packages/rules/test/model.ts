import type { Comparison, Condition, Operand, Reading, RuleData, RuleSet, Signal, VitalValue } from '../src/index.ts'

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
  readonly #rules: readonly RuleData[]
  readonly #set: RuleSet
  readonly #patientId: string
  readonly #annotations = new Map<Signal, { time: number; value: number }[]>()
  readonly #states: RuleState[]
  #clock = -Infinity
  #events: { index: number; time: number; text: string }[] = []

  constructor(set: RuleSet, patientId: string) {
    this.#set = set
    this.#rules = set.rules
    this.#patientId = patientId
    this.#states = set.rules.map(() => ({ raised: false, run: undefined, since: -Infinity, isSpent: false }))
  }

  /** The events of one reading, as `rule event time`. */
  read(reading: Reading): string[] {
    this.#events = []
    const { time } = reading
    const isInOrder = time >= this.#clock
    if (this.#clock > -Infinity) for (let at = this.#clock + 0.5; at < time; at += 0.5) this.#stepAll(at)
    const changed = (['spo2', 'heartRate'] as const).filter((signal) => this.#annotate(signal, time, reading[signal]))
    this.#clock = Math.max(this.#clock, time)
    if (isInOrder) this.#stepAll(time)
    else {
      for (const [index, rule] of this.#rules.entries()) {
        const used = signalsOf(rule)
        if (!changed.some((signal) => used.has(signal))) continue
        const start = Math.max(...[...used].map((signal) => this.#annotations.get(signal)?.at(-1)?.time ?? -Infinity))
        for (let at = start; at <= this.#clock; at += 0.5) this.#step(index, at)
      }
    }
    this.#events.sort((a, b) => a.time - b.time || a.index - b.index)
    return this.#events.map(({ text }) => text)
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

  #stepAll(at: number): void {
    for (const index of this.#rules.keys()) this.#step(index, at)
  }

  #step(index: number, at: number): void {
    const rule = this.#rules[index] as RuleData
    const state = this.#states[index] as RuleState
    const delays = [ms(rule.for), ms(rule.clear?.for)] as const
    for (;;) {
      const when = rule.when as Condition
      const awaited = state.raised ? (rule.clear?.when ?? { not: when }) : when
      if (this.#holds(awaited, rule, at) !== true) {
        state.run = undefined
        state.isSpent = false
        return
      }
      state.run ??= Math.max(at, state.since)
      if (state.isSpent || at - state.run < delays[state.raised ? 1 : 0]) return
      const isAgain = state.raised && state.since === at && delays[0] + delays[1] === 0
      state.raised = !state.raised
      this.#events.push({ index, time: at, text: `${rule.id} ${state.raised ? 'raised' : 'cleared'} ${at}` })
      state.since = at
      state.run = undefined
      state.isSpent = isAgain
    }
  }

  #holds(condition: Condition, rule: RuleData, at: number): boolean | undefined {
    if ('and' in condition) {
      const parts = condition.and.map((part) => this.#holds(part, rule, at))
      return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
    }
    if ('or' in condition) {
      const parts = condition.or.map((part) => this.#holds(part, rule, at))
      return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false
    }
    if ('not' in condition) {
      const part = this.#holds(condition.not, rule, at)
      return part === undefined ? undefined : !part
    }
    return this.#compared(condition as Comparison, rule, at)
  }

  #compared(comparison: Comparison, rule: RuleData, at: number): boolean | undefined {
    const isBlank = (value: number): boolean => Number.isNaN(value) || (rule.zeros === 'no-signal' && value === 0)
    const known = (this.#annotations.get(comparison.signal) ?? []).filter(({ time }) => time <= at)
    const values = known.filter(({ value }) => !isBlank(value))
    const inForce = rule.missing === 'hold' || known.at(-1) === values.at(-1) ? values.at(-1) : undefined
    if (inForce === undefined || at > inForce.time + ms(this.#set.validFor?.[comparison.signal] ?? '1m'))
      return undefined
    if (comparison.count === undefined || comparison.of === undefined) return this.#satisfies(inForce.value, comparison)
    const last = values.slice(-comparison.of).map(({ value }) => this.#satisfies(value, comparison))
    const [yes, no] = [last.filter((is) => is).length, last.filter((is) => !is).length]
    if (yes >= comparison.count) return true
    return comparison.of - no < comparison.count ? false : undefined
  }

  #satisfies(value: number, comparison: Comparison): boolean {
    if ('below' in comparison) return value < this.#limit(comparison.below)
    if ('atMost' in comparison) return value <= this.#limit(comparison.atMost)
    if ('above' in comparison) return value > this.#limit(comparison.above)
    if ('atLeast' in comparison) return value >= this.#limit(comparison.atLeast)
    const [low, high] = 'between' in comparison ? comparison.between : comparison.outside
    const isInside = value >= this.#limit(low) && value <= this.#limit(high)
    return 'between' in comparison ? isInside : !isInside
  }

  #limit(operand: Operand): number {
    if ('value' in operand) return operand.value
    const { limits } = this.#set
    return (limits?.patients?.[this.#patientId]?.[operand.limit] ?? limits?.default[operand.limit])?.value as number
  }
}

function ms(duration: string | undefined): number {
  if (duration === undefined) return 0
  return Number.parseInt(duration, 10) * (duration.endsWith('ms') ? 1 : duration.endsWith('m') ? 60_000 : 1000)
}

function signalsOf(rule: RuleData): Set<Signal> {
  const text = JSON.stringify([rule.when, rule.clear])
  return new Set((['spo2', 'heartRate'] as const).filter((signal) => text.includes(`"signal":"${signal}"`)))
}
