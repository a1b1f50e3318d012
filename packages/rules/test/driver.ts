import type { FiredTimer, TimerRegistry } from '@millrace/core'
import {
  type AlarmEvent,
  type AuditEntry,
  type Reading,
  type RejectedReading,
  type RuleChange,
  type RuleEvaluation,
  type RuleHistory,
  rejectedReadings,
  ruleAudit,
} from '../src/index.ts'

interface Codec {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array, version: number): unknown
  readonly version: number
}

/** What a snapshot holds: cells by key and state, timers, the job's clock. */
export interface DriverSnapshot {
  readonly cells: Map<string, Map<string, unknown>>
  readonly timers: Map<string, number>
  /** Broadcast states by name. */
  readonly broadcast: Map<string, Map<string, unknown>>
  readonly now: number
}

/**
 * The smallest host that a keyed process function can run in: one thread, plain cells, a sorted list of timers, a clock
 * that the test moves. Holds the function to its contract: what it reads and emits is frozen.
 */
export class Driver {
  readonly events: AlarmEvent[] = []
  readonly rejected: RejectedReading[] = []
  readonly audit: AuditEntry[] = []
  readonly counters: Map<string, number> = new Map()
  #make: () => RuleEvaluation
  #fn: RuleEvaluation
  #isReplay: boolean
  #cells = new Map<string, Map<string, unknown>>()
  #timers = new Map<string, number>()
  #broadcast = new Map<string, Map<string, unknown>>()
  #now = 0

  constructor(make: () => RuleEvaluation, options: { isReplay?: boolean } = {}) {
    this.#make = make
    this.#fn = make()
    this.#isReplay = options.isReplay ?? true
  }

  /** Moves the job's clock, firing the timers on the way in the order (time, key, name), then hands a reading over. */
  read(reading: Reading, now: number = reading.time): void {
    this.advanceTo(now)
    this.#fn.processRecord(freeze(reading), this.#context(reading.patientId, reading.time))
  }

  /** Moves the job's clock as `read` does, then hands a change of the rules over. */
  change(change: RuleChange, now: number = change.at): void {
    this.advanceTo(now)
    const { timestamp, isReplay, metrics, emit, emitTo, ...context } = this.#context('', change.at)
    this.#fn.processBroadcastRecord(freeze(change), {
      timestamp,
      isReplay,
      metrics,
      emit,
      emitTo,
      now: context.now,
      currentWatermark: context.currentWatermark,
      state: {},
      broadcastState: context.broadcastState as never,
      applyToKeys: (name, fn) => {
        const keys = [...this.#cells].filter(([, states]) => states.has(name)).map(([key]) => key)
        for (const key of keys.sort()) {
          const keyed = this.#context(key, change.at)
          fn(key, keyed.state[name] as never, keyed as never)
        }
      },
    })
  }

  advanceTo(now: number): void {
    for (;;) {
      const due = [...this.#timers]
        .filter(([, time]) => time <= now)
        .sort(([a, s], [b, t]) => s - t || (a < b ? -1 : 1))
      const first = due[0]
      if (first === undefined) break
      const [key, name] = first[0].split('\n') as [string, string]
      this.#timers.delete(first[0])
      this.#now = Math.max(this.#now, first[1])
      const timer: FiredTimer = { time: first[1], name, domain: 'processing-time' }
      this.#fn.onTimer?.(timer, this.#context(key, first[1]))
    }
    this.#now = Math.max(this.#now, now)
  }

  /** Throws the function away and goes on with another one on a copy of its state, through bytes where it has a codec. */
  restore(): void {
    this.restoreFrom([this.snapshot()], () => true)
  }

  /** Goes on with another function on its part of what several held: the keys that are its own, and what each of them had whole. */
  restoreFrom(snapshots: readonly DriverSnapshot[], isOwn: (key: string) => boolean): void {
    this.#fn = this.#make()
    this.#cells = new Map(snapshots.flatMap(({ cells }) => [...cells].filter(([key]) => isOwn(key))))
    this.#timers = new Map(
      snapshots.flatMap(({ timers }) => [...timers].filter(([timer]) => isOwn(timer.split('\n')[0] as string))),
    )
    const [first] = snapshots
    this.#broadcast = structuredClone(first?.broadcast) ?? new Map()
    this.#now = Math.max(0, ...snapshots.map(({ now }) => now))
  }

  /** A state of a key, as the function left it. */
  stateOf(key: string, name: string): unknown {
    return this.#cells.get(key)?.get(name)
  }

  /** Every version of the rules, once they have changed. */
  get history(): RuleHistory | undefined {
    return this.#broadcast.get('ruleHistory')?.get('rules') as RuleHistory | undefined
  }

  get timerCount(): number {
    return this.#timers.size
  }

  snapshot(): DriverSnapshot {
    const cells = new Map<string, Map<string, unknown>>()
    for (const [key, states] of this.#cells) {
      const copy = new Map<string, unknown>()
      for (const [name, value] of states) {
        const codec = (this.#fn.state as Record<string, { codec?: Codec }>)[name]?.codec
        copy.set(
          name,
          freeze(codec ? codec.decode(codec.encode(value).slice(), codec.version) : structuredClone(value)),
        )
      }
      cells.set(key, copy)
    }
    const broadcast = freeze(structuredClone(new Map([...this.#broadcast].filter(([, map]) => map.size > 0))))
    return { cells, timers: new Map(this.#timers), broadcast, now: this.#now }
  }

  #context(key: string, timestamp: number): Parameters<RuleEvaluation['processRecord']>[1] {
    const states = this.#cells.get(key) ?? new Map<string, unknown>()
    if (key !== '') this.#cells.set(key, states)
    const map = (name: string) => {
      const entries = this.#broadcast.get(name) ?? new Map<string, unknown>()
      this.#broadcast.set(name, entries)
      return {
        get: (entry: string) => entries.get(entry) as never,
        put: (entry: string, next: unknown) => void entries.set(entry, freeze(structuredClone(next))),
      } as never
    }
    const value = (name: string) => ({
      get: () => states.get(name) as never,
      set: (next: unknown) => void (next === undefined ? states.delete(name) : states.set(name, freeze(next))),
      clear: () => void states.delete(name),
    })
    const processingTime: TimerRegistry = {
      register: (time, name = '') => void this.#timers.set(`${key}\n${name}`, time),
      replace: (name, time) => void this.#timers.set(`${key}\n${name}`, time),
      delete: () => fail('delete'),
      cancel: (name) => void this.#timers.delete(`${key}\n${name}`),
    }
    return {
      key,
      timestamp,
      isReplay: this.#isReplay,
      now: () => this.#now,
      currentWatermark: () => fail('currentWatermark'),
      state: {
        vitals: value('vitals'),
        history: value('history'),
        alarms: value('alarms'),
        faults: value('faults'),
        texts: value('texts'),
        late: value('late'),
      },
      broadcastState: { ruleHistory: map('ruleHistory'), ruleAudit: map('ruleAudit') },
      timers: { processingTime, eventTime: processingTime },
      emit: (event: AlarmEvent, time?: number) => {
        if (time !== event.time) fail('a timestamp that is not the event time')
        this.events.push(freeze(event))
      },
      emitTo: (tag, record) => {
        if (tag.id === ruleAudit.id) this.audit.push(freeze(record) as unknown as AuditEntry)
        else if (tag.id === rejectedReadings.id) this.rejected.push(freeze(record) as unknown as RejectedReading)
        else fail(tag.id)
      },
      metrics: {
        counter: (name) => ({
          add: (n) => void this.counters.set(name, (this.counters.get(name) ?? 0) + n),
          value: this.counters.get(name) ?? 0,
        }),
        gauge: (name) => fail(`the gauge ${name}`),
        histogram: (name) => fail(`the histogram ${name}`),
      },
    }
  }
}

/** `rule event time` of each event: what most tests compare. */
export function brief(events: readonly AlarmEvent[]): string[] {
  return events.map(({ rule, event, time }) => `${rule} ${event} ${time}`)
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value)
    for (const entry of Object.values(value)) freeze(entry)
  }
  return value
}

function fail(what: string): never {
  throw new Error(`the driver does not expect ${what}`)
}
