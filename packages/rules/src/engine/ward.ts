import type { AlarmEvent } from '../alarms/alarm-event.ts'
import { compileRuleSet } from '../compile/compile-rule-set.ts'
import { MillraceRulesError } from '../errors.ts'
import { type Duration, durationMs } from '../expression/duration.ts'
import { describe } from '../schema/problems.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import type { AlarmNumbers } from './alarm-cells.ts'
import type { PatientHistory } from './patient-history.ts'
import type { PatientCells, PatientHost } from './patient-host.ts'
import { DUE_RULE, PatientRules } from './patient-rules.ts'
import { HEADER_LENGTH } from './patient-state.ts'
import type { Reading, RejectedReading } from './reading.ts'
import { SILENCE } from './silence-watch.ts'
import { TimerQueue, type WardTimer } from './timer-queue.ts'

export interface WardOptions {
  /** See `EvaluateRulesOptions`. */
  readonly maxAhead?: Duration
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
}

/** All that a ward remembers: plain data for `structuredClone`, `postMessage` or IndexedDB. Not JSON: it holds NaN and infinity. */
export interface WardSnapshot {
  readonly format: 2
  readonly ruleVersion: string
  readonly now: number
  readonly patients: readonly (readonly [patientId: string, memory: Readonly<PatientMemory>])[]
  readonly timers: readonly WardTimer[]
}

/** The rules of a set, run alone. */
export interface Ward {
  /** The version of the rule set. */
  readonly version: string
  /** When time alone may bring something next, for whoever sets a timer; Infinity where nothing is pending. */
  readonly next: number
  /**
   * Takes a reading, and gives the alarms that it raises and ends, and what was due before.
   *
   * @param now the clock, in ms. By default the reading's time, or where the clock stands if that is later.
   */
  feed(reading: Reading, now?: number): readonly AlarmEvent[]
  /** Moves the clock on, and gives what that alone brings. A clock that would go back stands still. */
  advanceTo(now: number): readonly AlarmEvent[]
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
export function compileRules(ruleSet: RuleSet, options: WardOptions = {}): Ward {
  const maxAheadMs = options.maxAhead === undefined ? Infinity : durationMs(options.maxAhead)
  if (maxAheadMs === undefined) {
    throw new MillraceRulesError('RULES_OPTION_INVALID', `maxAhead ${describe(options.maxAhead)} is no duration`)
  }
  return new CompiledWard(ruleSet, maxAheadMs, options.onRejected)
}

class CompiledWard implements Ward {
  readonly version: string
  readonly #rules: PatientRules
  readonly #host = new WardHost()

  constructor(ruleSet: RuleSet, maxAheadMs: number, onRejected: WardOptions['onRejected']) {
    this.version = ruleSet.version
    const compiled = compileRuleSet(ruleSet, HEADER_LENGTH)
    this.#rules = new PatientRules(compiled, ruleSet.limits, maxAheadMs, (_, rejected) => onRejected?.(rejected))
  }

  get next(): number {
    return this.#host.queue.next
  }

  feed(reading: Reading, now: number = reading.time): readonly AlarmEvent[] {
    this.#moveTo(now)
    this.#rules.processReading(reading, this.#host.at(reading.patientId))
    return this.#host.taken()
  }

  advanceTo(now: number): readonly AlarmEvent[] {
    this.#moveTo(now)
    return this.#host.taken()
  }

  forget(patientId: string): void {
    this.#host.memories.delete(patientId)
    this.#host.queue.forget(patientId, [DUE_RULE, SILENCE])
  }

  snapshot(): WardSnapshot {
    const patients = [...this.#host.memories].map(([id, memory]) => [id, copyOf(memory)] as const)
    return {
      format: FORMAT,
      ruleVersion: this.version,
      now: this.#host.clock,
      patients,
      timers: this.#host.queue.timers(),
    }
  }

  restore({ format, ruleVersion, now, patients, timers }: WardSnapshot): void {
    if (format !== FORMAT) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', 'the snapshot is of another version of this package')
    }
    if (ruleVersion !== this.version) {
      throw new MillraceRulesError('RULES_STATE_OF_OTHER_RULES', 'the snapshot is of another version of the rules')
    }
    this.#host.restore(now, patients, timers)
  }

  #moveTo(now: number): void {
    const host = this.#host
    for (let timer = host.queue.take(now); timer !== undefined; timer = host.queue.take(now)) {
      host.clock = Math.max(host.clock, timer.time)
      this.#rules.onTimer(timer, host.at(timer.patientId))
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
  #events: AlarmEvent[] = []

  constructor() {
    this.timers = { processingTime: { replace: (name, time) => this.queue.replace(this.key, name, time) } }
    this.state = {
      vitals: this.#cell('vitals'),
      history: this.#cell('history'),
      alarms: this.#cell('alarms'),
      faults: this.#cell('faults'),
      texts: this.#cell('texts'),
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

  emit(event: AlarmEvent): void {
    this.#events.push(event)
  }

  taken(): readonly AlarmEvent[] {
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

const FORMAT = 2
const NOTHING: readonly AlarmEvent[] = []
const UNCOUNTED = { add: (): void => undefined }

/** Numbers are written in place. */
function copyOf(memory: Readonly<PatientMemory>): PatientMemory {
  const { vitals, history, alarms } = memory
  return {
    ...memory,
    ...(vitals !== undefined && { vitals: vitals.slice() }),
    ...(history !== undefined && { history: history.map((one) => one.slice()) }),
    ...(alarms !== undefined && { alarms: alarms.slice() }),
  }
}
