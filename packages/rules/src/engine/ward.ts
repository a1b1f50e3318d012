import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { ChangeOutcome, HistoryOptions } from '../changes/apply-change.ts'
import type { RuleChange } from '../changes/rule-change.ts'
import { type RuleHistory, ruleHistory, rulesOf, versionInForce } from '../changes/rule-history.ts'
import { compileRuleSet } from '../compile/compile-rule-set.ts'
import { MillraceRulesError } from '../errors.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import type { AlarmNumbers } from './alarm-cells.ts'
import type { LateMemory } from './late-memory.ts'
import type { PatientHistory } from './patient-history.ts'
import type { PatientCells, PatientHost } from './patient-host.ts'
import { DUE_RULE, LIMITS } from './patient-rules.ts'
import { HEADER_LENGTH, withLimitTimes } from './patient-state.ts'
import type { Reading, RejectedReading } from './reading.ts'
import { type ReadingBoundsOptions, readingBounds } from './reading-bounds.ts'
import { changeRunning, type MakeRunning, type RunningRules, runningKey, runningRules } from './rules-in-force.ts'
import { SILENCE } from './silence-watch.ts'
import { TimerQueue, type WardTimer } from './timer-queue.ts'

export interface WardOptions extends HistoryOptions, ReadingBoundsOptions {
  /** Is told of each reading, or value of one, that no rule can use. It holds no value. */
  readonly onRejected?: (rejected: RejectedReading) => void
}

/** What is remembered of one patient. */
interface PatientMemory {
  vitals?: Float64Array
  history?: PatientHistory
  alarms?: AlarmNumbers
  faults?: Readonly<Record<string, number>>
  texts?: Readonly<Record<string, string>>
  late?: LateMemory
}

/** All that a ward remembers: plain data for `structuredClone`, `postMessage` or IndexedDB. Not JSON: it holds NaN and infinity. */
export interface WardSnapshot {
  readonly format: 3 | 4
  readonly ruleVersion: string
  /** Of rules that have changed: every version. */
  readonly history?: RuleHistory
  readonly now: number
  readonly patients: readonly (readonly [patientId: string, memory: Readonly<PatientMemory>])[]
  readonly timers: readonly WardTimer[]
}

/** What became of a change of a ward's rules. */
export interface WardChange<Out = AlarmEvent> {
  readonly outcome: ChangeOutcome
  readonly events: readonly Out[]
}

/** The rules of a set, run alone. */
export interface Ward<Out = AlarmEvent> {
  /** The version of the rules in force. */
  readonly version: string
  /** Every version of the rules until now. */
  readonly history: RuleHistory
  /** When time alone may bring something next, for whoever sets a timer; Infinity where nothing is pending. */
  readonly next: number
  /**
   * Takes a reading, and gives the alarms that it raises and ends, and what was due before.
   *
   * @param now the clock, in ms. By default the reading's time, or where the clock stands if that is later.
   */
  feed(reading: Reading, now?: number): readonly Out[]
  /** Moves the clock on, and gives what that alone brings. A clock that would go back stands still. */
  advanceTo(now: number): readonly Out[]
  /**
   * Changes the rules in force, for every patient at once: all of the change, or nothing. The events are those of alarms that it ends, raises, or
   * that were due before. See `applyChange`.
   *
   * @param now the clock, in ms. By default where it stands.
   */
  change(change: RuleChange, now?: number): WardChange<Out>
  /** Forgets a patient: nothing of theirs is raised or ended any more. */
  forget(patientId: string): void
  snapshot(): WardSnapshot
  /** Goes on from a snapshot, in place of all that was there. @throws RULES_STATE_OF_OTHER_RULES */
  restore(snapshot: WardSnapshot): void
}

/**
 * Makes rules ready to run alone: in an application, in a browser, without a stream engine. They mean what they mean in a job;
 * the clock is the caller's.
 *
 * @throws RULES_OPTION_INVALID
 * @example
 * ```ts
 * import { compileRules, parseRules } from '@millrace/rules'
 *
 * const ward = compileRules(parseRules('alarm low\n  when spo2 < 88 % for 15s\n  priority high'))
 * ward.feed({ patientId: 'p1', time: 0, spo2: 85 }) // => []
 * ward.next // => 15_001
 * const [alarm] = ward.advanceTo(16_000)
 * alarm?.time // => 15_000
 * ```
 */
export function compileRules(ruleSet: RuleSet, options?: WardOptions & { readonly allowedLateness?: undefined }): Ward
export function compileRules(ruleSet: RuleSet, options: WardOptions): Ward<AlarmEvent | AlarmCorrection>
export function compileRules(ruleSet: RuleSet, options: WardOptions = {}): Ward<AlarmEvent | AlarmCorrection> {
  return new CompiledWard(ruleSet, options)
}

type WardEvent = AlarmEvent | AlarmCorrection

class CompiledWard implements Ward<WardEvent> {
  readonly #options: WardOptions
  /** What it was made with. */
  readonly #own: RunningRules
  #running: RunningRules
  #history: RuleHistory
  readonly #make: MakeRunning
  readonly #host = new WardHost()

  constructor(ruleSet: RuleSet, options: WardOptions) {
    const bounds = readingBounds(options)
    this.#options = options
    this.#make = (rules, signed, previous) => {
      const compiled = compileRuleSet(rules, HEADER_LENGTH, previous)
      const reject = (_: unknown, rejected: RejectedReading): void => options.onRejected?.(rejected)
      return runningRules({ ruleSet: rules, compiled }, signed, bounds, reject, previous)
    }
    this.#own = this.#make(ruleSet, undefined)
    this.#running = this.#own
    this.#history = ruleHistory(ruleSet)
  }

  get version(): string {
    return this.#running.ruleSet.version
  }

  get history(): RuleHistory {
    return this.#history
  }

  get next(): number {
    return this.#host.queue.next
  }

  feed(reading: Reading, now: number = reading.time): readonly WardEvent[] {
    this.#moveTo(now)
    this.#running.patients.processReading(reading, this.#host.at(reading.patientId))
    return this.#host.taken()
  }

  advanceTo(now: number): readonly WardEvent[] {
    this.#moveTo(now)
    return this.#host.taken()
  }

  change(change: RuleChange, now: number = this.#host.clock): WardChange<WardEvent> {
    this.#moveTo(now)
    const { patients: before } = this.#running
    const { outcome, running, carried } = changeRunning(this.#history, this.#running, change, this.#options, this.#make)
    if (outcome.status === 'accepted') this.#history = outcome.history
    this.#running = running
    if (carried !== undefined) {
      const ids = [...this.#host.memories.keys()].sort()
      for (const id of ids) running.patients.carry(before, carried, Number.NaN, this.#host.at(id))
    }
    return { outcome, events: this.#host.taken() }
  }

  forget(patientId: string): void {
    this.#host.memories.delete(patientId)
    this.#host.queue.forget(patientId, [DUE_RULE, LIMITS, SILENCE])
  }

  snapshot(): WardSnapshot {
    const patients = [...this.#host.memories].map(([id, memory]) => [id, copyOf(memory)] as const)
    return {
      format: FORMAT,
      ruleVersion: this.version,
      ...(this.#history.versions.length > 1 && { history: this.#history }),
      now: this.#host.clock,
      patients,
      timers: this.#host.queue.timers(),
    }
  }

  restore({ format, ruleVersion, history, now, patients, timers }: WardSnapshot): void {
    if (format !== FORMAT && format !== BEFORE_LIMIT_TIMES) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', 'the snapshot is of another version of this package')
    }
    const own = this.#own.ruleSet
    const known = history ?? ruleHistory(own)
    if (rulesOf(known).version !== ruleVersion || !known.versions.some(({ version }) => version === own.version)) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', 'the snapshot is of another version of the rules')
    }
    this.#history = known
    const inForce = versionInForce(known)
    this.#running = runningKey(inForce) === own.version ? this.#own : this.#make(rulesOf(known), inForce.signed)
    this.#host.restore(now, format === FORMAT ? patients : patients.map(withTimes), timers)
  }

  #moveTo(now: number): void {
    const host = this.#host
    for (let timer = host.queue.take(now); timer !== undefined; timer = host.queue.take(now)) {
      host.clock = Math.max(host.clock, timer.time)
      this.#running.patients.onTimer(timer, host.at(timer.patientId))
    }
    if (now > host.clock) host.clock = now
  }
}

/** The one host of a ward, turned to the patient at hand. */
class WardHost implements PatientHost {
  readonly isReplay = false
  readonly state: PatientCells
  readonly timers: PatientHost['timers']
  readonly metrics: PatientHost['metrics'] = { counter: () => UNCOUNTED }
  memories = new Map<string, PatientMemory>()
  queue = new TimerQueue()
  key = ''
  clock = -Infinity
  #memory: PatientMemory = {}
  #events: WardEvent[] = []

  constructor() {
    this.timers = { processingTime: { replace: (name, time) => this.queue.replace(this.key, name, time) } }
    this.state = {
      vitals: this.#cell('vitals'),
      history: this.#cell('history'),
      alarms: this.#cell('alarms'),
      faults: this.#cell('faults'),
      texts: this.#cell('texts'),
      late: this.#cell('late'),
    }
  }

  at(patientId: string): this {
    this.key = patientId
    let memory = this.memories.get(patientId)
    if (memory === undefined) {
      memory = {}
      this.memories.set(patientId, memory)
    }
    this.#memory = memory
    return this
  }

  now(): number {
    return this.clock
  }

  emit(event: WardEvent): void {
    this.#events.push(event)
  }

  taken(): readonly WardEvent[] {
    if (this.#events.length === 0) return NOTHING
    const events = this.#events
    this.#events = []
    return events
  }

  restore(clock: number, patients: WardSnapshot['patients'], timers: readonly WardTimer[]): void {
    this.clock = clock
    this.memories = new Map(patients.map(([id, memory]) => [id, copyOf(memory)]))
    this.queue = new TimerQueue()
    for (const { patientId, name, time } of timers) this.queue.replace(patientId, name, time)
    this.#events = []
  }

  #cell<N extends keyof PatientMemory>(name: N): PatientCells[N] {
    return {
      get: () => this.#memory[name],
      set: (value: PatientMemory[N]) => {
        this.#memory[name] = value
      },
      clear: () => {
        delete this.#memory[name]
      },
    } as PatientCells[N]
  }
}

const FORMAT = 4
const BEFORE_LIMIT_TIMES = 3
const NOTHING: readonly WardEvent[] = []
const UNCOUNTED = { add: (): void => undefined }

/** What was remembered of a patient before it was kept since when limits hold. */
function withTimes([id, memory]: WardSnapshot['patients'][number]): WardSnapshot['patients'][number] {
  const { vitals } = memory
  return [id, vitals === undefined ? memory : { ...memory, vitals: withLimitTimes(vitals) }]
}

/** Numbers are written in place. */
function copyOf(memory: Readonly<PatientMemory>): PatientMemory {
  const { vitals, history, alarms } = memory
  return {
    ...memory,
    ...(vitals !== undefined && { vitals: vitals.slice() }),
    ...(history !== undefined && { history: history.slice() }),
    ...(alarms !== undefined && { alarms: alarms.slice() }),
  }
}
