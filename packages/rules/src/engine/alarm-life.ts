import type { AlarmAction, RejectedAction } from '../alarms/alarm-action.ts'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { AlarmFact } from '../alarms/alarm-fact.ts'
import type { AlarmNotice } from '../alarms/alarm-notice.ts'
import type { AlarmRecord } from '../alarms/alarm-record.ts'
import type { AuditEntry, AuditHead } from '../alarms/audit-entry.ts'
import type { AlarmLifeOptions } from '../alarms/life-options.ts'
import { type LifePolicy, lifePolicy } from '../alarms/life-policy.ts'
import type { LifeInput, PatientLife } from '../alarms/life-state.ts'
import { ofNoPatient } from '../alarms/of-no-patient.ts'
import { patientLife } from '../alarms/patient-life.ts'
import { type LifeOutput, writeDown } from '../alarms/write-down.ts'
import { MillraceRulesError } from '../errors.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { TimerQueue } from './timer-queue.ts'

/** What has come of a call, each in the order in which it happened. */
export interface AlarmOutcome {
  /** One at each change of an alarm: of an `id` the greatest `revision` holds. */
  readonly records: readonly AlarmRecord[]
  /** Whom to tell. */
  readonly notices: readonly AlarmNotice[]
  /** All that happened, a chain of hashes a patient, for `verifyAudit`. */
  readonly audit: readonly AuditEntry<AlarmFact>[]
  /** Actions of which nothing came. */
  readonly rejected: readonly RejectedAction[]
}

/** What is remembered of one patient: what is alive, how far the audit has come, and when something is due by itself. */
interface PatientMemory {
  readonly life?: PatientLife
  readonly head?: AuditHead
  readonly due?: number
}

/** All that is remembered: plain data for `structuredClone`, `postMessage` or IndexedDB. */
export interface AlarmLifeSnapshot {
  readonly format: 1
  readonly now: number
  readonly patients: readonly (readonly [patientId: string, memory: PatientMemory])[]
}

/** The life of a ward's alarms, run alone. */
export interface AlarmLives {
  /** When time alone brings something next, for whoever sets a timer; Infinity where nothing is pending. */
  readonly next: number
  /**
   * Takes the events of rules, such as `ward.feed` gives them, and what was found out about alarms later.
   *
   * @param now the clock, in ms. By default the latest of the events' times, or where the clock stands if that is later.
   * @throws RULES_TYPE_INVALID for an event without a patient; RULES_CLOCK_MISSING where there is no time, or it is none.
   */
  feed(events: readonly (AlarmEvent | AlarmCorrection)[], now?: number): AlarmOutcome
  /**
   * Takes what a person does, or a channel reports.
   *
   * @param now the clock, in ms. By default where it stands.
   * @throws RULES_CLOCK_MISSING where the clock has not begun.
   */
  act(action: AlarmAction, now?: number): AlarmOutcome
  /** Moves the clock on, and gives what that alone brings: steps that are due, pauses that end. A clock that would go back stands still. */
  advanceTo(now: number): AlarmOutcome
  snapshot(): AlarmLifeSnapshot
  /** Goes on from a snapshot, in place of all that was there. @throws RULES_STATE_OF_OTHER_RULES for one of another version of this package */
  restore(snapshot: AlarmLifeSnapshot): void
}

/**
 * Takes alarms through their life without a job: in an application, in a browser. It means what `manageAlarms` means; the clock is the
 * caller's, and so is the timer that calls `advanceTo` at `next`: without it no step is told and no pause ends.
 *
 * Of each patient is kept what is alive, and for ever the head of the audit's chain.
 *
 * @throws RULES_OPTION_INVALID
 * @example
 * ```ts
 * import { alarmLife, compileRules, parseRules } from '@millrace/rules'
 *
 * const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high\n  notify nurse; after 2m unless acknowledged notify charge')
 * const [ward, life] = [compileRules(rules), alarmLife(rules)]
 * const told = life.feed(ward.feed({ patientId: 'p1', time: 0, spo2: 85 }))
 * told.notices.map(({ recipient }) => recipient) // => ['nurse']
 * life.next // => 60_000
 * life.advanceTo(120_000).notices.map(({ recipient, cause }) => `${recipient} ${cause}`) // => ['charge escalated']
 * ```
 */
export function alarmLife(ruleSet: RuleSet, options: AlarmLifeOptions = {}): AlarmLives {
  return new LivesAlone(lifePolicy(ruleSet, options))
}

const FORMAT = 1
const DUE = 'due'

class LivesAlone implements AlarmLives {
  readonly #policy: LifePolicy
  #patients = new Map<string, PatientMemory>()
  #queue = new TimerQueue()
  #clock = -Infinity
  #outputs: LifeOutput[] = []

  constructor(policy: LifePolicy) {
    this.#policy = policy
  }

  get next(): number {
    return this.#queue.next
  }

  feed(events: readonly (AlarmEvent | AlarmCorrection)[], now: number = latestOf(events)): AlarmOutcome {
    for (const event of events) checkPatient(event)
    this.#moveTo(now)
    for (const event of events) this.#take(event.patientId, { type: 'event', event })
    return this.#taken()
  }

  act(action: AlarmAction, now: number = this.#clock): AlarmOutcome {
    this.#moveTo(now)
    const rejected = ofNoPatient(action, this.#clock)
    if (rejected === undefined) this.#take(action.patientId, { type: 'action', action })
    else this.#outputs.push({ type: 'rejected', value: rejected })
    return this.#taken()
  }

  advanceTo(now: number): AlarmOutcome {
    this.#moveTo(now)
    return this.#taken()
  }

  snapshot(): AlarmLifeSnapshot {
    return { format: FORMAT, now: this.#clock, patients: [...this.#patients] }
  }

  restore({ format, now, patients }: AlarmLifeSnapshot): void {
    if (format !== FORMAT) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', 'the snapshot is of another version of this package')
    }
    this.#clock = now
    this.#patients = new Map(patients)
    this.#queue = new TimerQueue()
    for (const [patientId, { due }] of patients) if (due !== undefined) this.#queue.replace(patientId, DUE, due)
  }

  #moveTo(now: number): void {
    if (Number.isNaN(now) || now === Infinity)
      throw new MillraceRulesError('RULES_CLOCK_MISSING', 'the time given is none')
    for (let timer = this.#queue.take(now); timer !== undefined; timer = this.#queue.take(now)) {
      this.#clock = Math.max(this.#clock, timer.time)
      this.#take(timer.patientId, { type: 'tick' })
    }
    if (now > this.#clock) this.#clock = now
  }

  #take(patientId: string, input: LifeInput): void {
    const now = this.#clock
    if (!Number.isFinite(now)) throw new MillraceRulesError('RULES_CLOCK_MISSING', 'no time was given')
    const before = this.#patients.get(patientId) ?? {}
    const { due, events, state } = patientLife(this.#policy, patientId, before.life, input, now)
    const { head, outputs } = writeDown(patientId, before.head, events, now)
    this.#outputs.push(...outputs)
    this.#patients.set(patientId, {
      ...(state !== undefined && { life: state }),
      ...(head !== undefined && { head }),
      ...(due < Infinity && { due }),
    })
    if (due < Infinity) this.#queue.replace(patientId, DUE, due)
    else this.#queue.forget(patientId, [DUE])
  }

  #taken(): AlarmOutcome {
    const outputs = this.#outputs
    this.#outputs = []
    return {
      records: outputs.flatMap(({ type, value }) => (type === 'record' ? [value] : [])),
      notices: outputs.flatMap(({ type, value }) => (type === 'notice' ? [value] : [])),
      audit: outputs.flatMap(({ type, value }) => (type === 'audit' ? [value] : [])),
      rejected: outputs.flatMap(({ type, value }) => (type === 'rejected' ? [value] : [])),
    }
  }
}

function latestOf(events: readonly { readonly time: number }[]): number {
  return events.reduce((latest, { time }) => Math.max(latest, time), -Infinity)
}

function checkPatient(event: unknown): void {
  const { patientId } = Object(event) as { readonly patientId?: unknown }
  if (typeof patientId === 'string') return
  throw new MillraceRulesError('RULES_TYPE_INVALID', 'an event of no patient: it has no patientId')
}
