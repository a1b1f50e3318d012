import type { Condition } from '../expression/condition.ts'
import type { Duration } from '../expression/duration.ts'
import type { Signal } from '../expression/signals.ts'
import type { MissingPolicy, Priority, RuleData, ZerosPolicy } from '../schema/rule-data.ts'
import { said } from './said.ts'
import { VITALS } from './spoken-signal.ts'
import type { Vitals } from './words.ts'

/** A condition in words: `(v) => v.spo2.below('88 %')`. */
export type Say = (vitals: Vitals) => Condition

/** What can be said of any rule once it has a condition. Each word gives a new rule and leaves the old one as it was. */
export interface RuleWords {
  /** How urgently someone must look; `medium` unless said. */
  priority(priority: Priority): this
  /** What it means, for the one who is paged. */
  because(text: string): this
  /** The alarm is about the equipment, not about the patient. */
  technical(): this
  /** Whether a zero is a value (so unless said) or means that there is no signal. */
  zeros(policy: ZerosPolicy): this
  /** The alarm stays until someone resets it, also where its condition is over. */
  latching(): this
  /** How long after its end the alarm cannot be raised anew. */
  rearmAfter(time: Duration): this
  /** While one of these alarms is raised, this one is not shown. */
  suppressedBy(first: string, ...more: string[]): this
  /** Who is told, and when. Each call is one step more. */
  notify(to: string | readonly string[], step?: NotifyOptions): this
  /** The rule as data, as it stands in a rule set's JSON. */
  toJSON(): RuleData
}

export interface NotifyOptions {
  /** How long after the alarm was raised, or after the step before; at once unless said. */
  readonly after?: Duration
  /** Not where someone has acknowledged the alarm by then. */
  readonly unless?: 'acknowledged'
  /** Only at the time of a schedule of the rule set. */
  readonly during?: string
}

/** A rule with a condition of vital signs. */
export interface ConditionWords extends RuleWords {
  /**
   * Whether a blank ends what a condition knows at once (so unless said), or the last value goes on holding; with `raise` a
   * technical alarm says that the rule is blind, for as long as its condition is unknown.
   */
  missing(policy: MissingPolicy): this
}

export interface RaisedWhen extends RaisedAfter {
  /** How long the condition must have held before the alarm is raised. */
  for(delay: Duration): RaisedAfter
}

export interface RaisedAfter extends ConditionWords {
  /** A condition of its own for the end of the alarm; without one it ends when the rule's condition is known false. */
  clearWhen(say: Say): ClearedWhen
  /** How long the rule's condition must have been known false before the alarm ends. */
  clearAfter(delay: Duration): ConditionWords
}

export interface ClearedWhen extends ConditionWords {
  /** How long the clear condition must have held before the alarm ends. */
  for(delay: Duration): ConditionWords
}

export interface RuleStart {
  when(say: Say): RaisedWhen
  /** No valid value of the signal (`any`: of any signal) has arrived within the time, by the job's clock. */
  whenSilent(signal: Signal | 'any', within: Duration): RuleWords
}

/**
 * Begins a rule. What it says is checked as a whole by `ruleSet`; a quantity is checked at once.
 *
 * @example
 * ```ts
 * import { rule } from '@millrace/rules'
 *
 * const spo2Low = rule('spo2-low')
 *   .when((v) => v.spo2.below('88 %')).for('15s')
 *   .clearWhen((v) => v.spo2.atLeast('91 %')).for('10s')
 *   .priority('high')
 *   .because('Sustained desaturation')
 *
 * spo2Low.toJSON().clear // => { when: { signal: 'spo2', atLeast: { value: 91, unit: '%' } }, for: '10s' }
 * ```
 */
export function rule(id: string): RuleStart {
  return {
    when: (say) => new Builder({ id, priority: 'medium', when: say(VITALS) }),
    whenSilent: (signal, within) => {
      return new Builder({ id, priority: 'medium', when: { silent: signal, within: said(within, `${id}.whenSilent`) } })
    },
  }
}

/** One builder behind all of the interfaces above: they say which word may follow which. */
class Builder implements RaisedWhen, ClearedWhen {
  readonly #data: RuleData

  constructor(data: RuleData) {
    this.#data = data
  }

  for(delay: Duration): Builder {
    const { clear } = this.#data
    if (clear === undefined) return this.#with({ for: said(delay, `${this.#data.id}.for`) })
    return this.#with({ clear: { ...clear, for: said(delay, `${this.#data.id}.clearWhen.for`) } })
  }

  clearWhen(say: Say): Builder {
    return this.#with({ clear: { when: say(VITALS) } })
  }

  clearAfter(delay: Duration): Builder {
    return this.#with({ clear: { for: said(delay, `${this.#data.id}.clearAfter`) } })
  }

  priority(priority: Priority): this {
    return this.#with({ priority })
  }

  because(because: string): this {
    return this.#with({ because })
  }

  technical(): this {
    return this.#with({ kind: 'technical' })
  }

  zeros(policy: ZerosPolicy): this {
    const { zeros: _, ...data } = this.#data
    return new Builder(policy === 'no-signal' ? { ...data, zeros: policy } : data) as this
  }

  missing(policy: MissingPolicy): this {
    const { missing: _, ...data } = this.#data
    return new Builder(policy === 'break' ? data : { ...data, missing: policy }) as this
  }

  latching(): this {
    return this.#with({ latching: true })
  }

  rearmAfter(time: Duration): this {
    return this.#with({ rearm: said(time, `${this.#data.id}.rearmAfter`) })
  }

  suppressedBy(...ids: string[]): this {
    return this.#with({ suppressedBy: ids })
  }

  notify(to: string | readonly string[], { after, unless, during }: NotifyOptions = {}): this {
    const steps = this.#data.notify ?? []
    const step = {
      to: typeof to === 'string' ? [to] : to,
      ...(after !== undefined && { after: said(after, `${this.#data.id}.notify[${steps.length}].after`) }),
      ...(unless !== undefined && { unless }),
      ...(during !== undefined && { during }),
    }
    return this.#with({ notify: [...steps, step] })
  }

  toJSON(): RuleData {
    return this.#data
  }

  #with(more: Partial<RuleData>): this {
    return new Builder({ ...this.#data, ...more }) as this
  }
}
