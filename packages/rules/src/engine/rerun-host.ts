import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { LateMemory, PatientMoment } from './late-memory.ts'
import type { PatientCells, PatientHost, Reject } from './patient-host.ts'

/** A host in which a patient's readings are evaluated once more, from a moment on: nothing of it leaves but what `take` is told. */
export class RerunHost implements PatientHost {
  readonly live: PatientHost
  readonly state: PatientCells
  readonly timers: PatientHost['timers'] = { processingTime: { replace: () => undefined } }
  readonly #take: (event: AlarmEvent) => void
  /** Whether the reading at hand was never evaluated before: then it counts, and what no rule can use is rejected. */
  isNew = false

  constructor(
    live: PatientHost,
    from: Partial<PatientMoment> = {},
    take: (event: AlarmEvent) => void = () => undefined,
  ) {
    this.live = live
    this.#take = take
    this.state = {
      vitals: cellOf(from.vitals?.slice()),
      history: cellOf(from.history?.slice()),
      alarms: cellOf(from.alarms?.slice()),
      faults: cellOf(from.faults),
      texts: cellOf(from.texts),
      late: cellOf<LateMemory>(undefined),
    }
  }

  get key(): string {
    return this.live.key
  }

  get isReplay(): boolean {
    return this.live.isReplay
  }

  get metrics(): PatientHost['metrics'] {
    return this.isNew ? this.live.metrics : UNCOUNTED
  }

  now(): number {
    return this.live.now()
  }

  emit(event: AlarmEvent): void {
    this.#take(event)
  }
}

/** Tells of a reading that no rule can use when it is evaluated first. */
export function rejectsOnce(rejects: Reject): Reject {
  return (host, rejected) => {
    if (!(host instanceof RerunHost)) rejects(host, rejected)
    else if (host.isNew) rejects(host.live, rejected)
  }
}

const UNCOUNTED: PatientHost['metrics'] = { counter: () => ({ add: () => undefined }) }

function cellOf<T>(first: T | undefined): { get(): T | undefined; set(value: T): void; clear(): void } {
  let held = first
  return {
    get: () => held,
    set: (value) => {
      held = value
    },
    clear: () => {
      held = undefined
    },
  }
}
