import { alarmId } from '../alarms/alarm-id.ts'
import { BEGAN, FAULTED, FLAGS, RAISED, RUN, SINCE } from '../alarms/delayed-alarm.ts'
import type { CompiledSilence } from '../compile/compile-rule-set.ts'
import { COUNTED_FROM } from '../compile/layout.ts'
import { type AlarmCells, emptyAlarms } from './alarm-cells.ts'
import type { Alarming, CarryOver, Fate } from './carry-over.ts'
import { explainChange } from './explain.ts'
import type { PatientHost } from './patient-host.ts'
import { FAULTS, FIRST, SILENT } from './patient-state.ts'
import type { PendingEvents } from './pending-events.ts'

/** A patient at the moment of a change. */
export interface CarriedPatient {
  readonly host: PatientHost
  /** Under the next version, to be written. */
  readonly vitals: Float64Array
  /** On the patient's clock, and on the job's. */
  readonly moment: number
  readonly now: number
}

/**
 * Takes the alarms of one version of the rules into the next: those of rules that stay as they are, those of changed rules as far as they
 * are raised; the others end here, each by an event that says so.
 */
export class AlarmCarrier {
  readonly #over: CarryOver
  readonly #events: PendingEvents

  constructor(over: CarryOver, events: PendingEvents) {
    this.#over = over
    this.#events = events
  }

  carry(from: AlarmCells, into: AlarmCells, patient: CarriedPatient): void {
    if (this.#over.isInOrder) this.#carryInOrder(from, into, patient)
    else this.#carryAll(from, into, patient)
  }

  /** Takes out what leaves; the others go on where they are, under the places that they have now. */
  #carryInOrder(from: AlarmCells, into: AlarmCells, patient: CarriedPatient): void {
    const { fates, indexNow, isInPlace } = this.#over
    const leaving: [index: number, cell: Float64Array][] = []
    for (const index of fates.keys()) {
      const at = from.find(index)
      if (at === -1) continue
      leaving.push([index, from.numbers.slice(at, at + BEGAN + 1)])
      from.remove(at)
    }
    if (!isInPlace) from.renumber(indexNow)
    into.begin(from.numbers)
    const { vitals, host } = patient
    const before = host.state.faults.get()
    if (leaving.length === 0 && (isInPlace || before === undefined)) return
    const faults = renumbered(before ?? {}, indexNow)
    for (const [index, cell] of leaving) {
      const { old, fate } = this.#fateOf(index)
      if (isFaulted(cell)) {
        vitals[FAULTS] = (vitals[FAULTS] as number) - 1
        this.#end(old, 'RULES_EVALUATION_FAILED', before?.[index] as number, fate, patient)
      }
      if (!isRaised(cell)) continue
      if ('withinMs' in old) vitals[SILENT] = (vitals[SILENT] as number) - 1
      this.#leave(cell, fate, old, into, patient)
    }
    setFaults(faults, host)
  }

  #carryAll(from: AlarmCells, into: AlarmCells, patient: CarriedPatient): void {
    const { vitals, host } = patient
    const { indexNow, silences } = this.#over
    const before = host.state.faults.get() ?? {}
    into.begin(emptyAlarms())
    vitals[SILENT] = 0
    vitals[FAULTS] = 0
    for (let nth = 0; nth < from.count; nth++) {
      const index = from.indexOf(nth)
      const at = from.placeOf(nth)
      const cell = from.numbers.subarray(at, at + BEGAN + 1)
      const now = indexNow[index] as number
      if (now !== -1) this.#keep(cell, now, silences.has(index), into, vitals)
      else {
        const { old, fate } = this.#fateOf(index)
        if (isFaulted(cell)) this.#end(old, 'RULES_EVALUATION_FAILED', before[index] as number, fate, patient)
        if (isRaised(cell)) this.#leave(cell, fate, old, into, patient)
      }
    }
    setFaults(renumbered(before, indexNow), host)
  }

  #fateOf(index: number): { readonly old: Alarming; readonly fate: Fate } {
    return this.#over.fates.get(index) as { old: Alarming; fate: Fate }
  }

  #keep(cell: Float64Array, index: number, isSilence: boolean, into: AlarmCells, vitals: Float64Array): void {
    const at = into.own(index)
    into.numbers.set(cell, at)
    if (isFaulted(cell)) vitals[FAULTS] = (vitals[FAULTS] as number) + 1
    if (isSilence && isRaised(cell)) vitals[SILENT] = (vitals[SILENT] as number) + 1
  }

  /** A raised alarm goes on under a rule that changed, until that says that it is over. */
  #leave(cell: Float64Array, fate: Fate, old: Alarming, into: AlarmCells, patient: CarriedPatient): void {
    const { vitals, moment } = patient
    if (fate.kind === 'changed') {
      const at = into.own(fate.index)
      into.numbers[at + FLAGS] = RAISED
      into.numbers[at + RUN] = Number.NaN
      into.numbers[at + SINCE] = moment
      into.numbers[at + BEGAN] = cell[BEGAN] as number
    } else if (fate.kind === 'changed-silence' && isSilent(fate.silence, patient)) {
      const at = into.own(fate.silence.index)
      into.numbers[at + FLAGS] = RAISED
      into.numbers[at + SINCE] = cell[SINCE] as number
      vitals[SILENT] = (vitals[SILENT] as number) + 1
    } else {
      const isBlind = !('withinMs' in old) && old.isBlindness
      const since = 'withinMs' in old ? SINCE : BEGAN
      this.#end(old, isBlind ? 'RULES_INPUT_UNKNOWN' : undefined, cell[since] as number, fate, patient)
    }
  }

  #end(
    { index, data, ...old }: Alarming,
    error: 'RULES_EVALUATION_FAILED' | 'RULES_INPUT_UNKNOWN' | undefined,
    since: number,
    fate: Fate,
    { host, moment }: CarriedPatient,
  ): void {
    const by = fate.kind === 'gone' ? fate.by : 'changed'
    const about = error === undefined ? data.id : `${data.id}!${error}`
    const condition = 'text' in old ? old.text : old.raise.text
    const why = explainChange(data, condition, { id: this.#over.change, rule: by })
    this.#events.add(host, index, data, {
      id: alarmId(about, host.key, since),
      event: 'cleared',
      time: moment,
      why: error === undefined ? why : { ...why, kind: 'technical', error },
    })
  }
}

function isSilent({ seen, withinMs }: CompiledSilence, { vitals, now }: CarriedPatient): boolean {
  const from = Math.max(vitals[seen.offset] as number, vitals[seen.offset + COUNTED_FROM] as number)
  return now > Math.max(from, vitals[FIRST] as number) + withinMs
}

function isRaised(cell: Float64Array): boolean {
  return ((cell[FLAGS] as number) & RAISED) !== 0
}

function isFaulted(cell: Float64Array): boolean {
  return ((cell[FLAGS] as number) & FAULTED) !== 0
}

/** Of the rules that stay. */
function renumbered(faults: Readonly<Record<string, number>>, indexNow: Int32Array): Record<string, number> {
  const now: Record<string, number> = {}
  for (const [index, since] of Object.entries(faults)) {
    const place = indexNow[Number(index)] as number
    if (place !== -1) now[place] = since
  }
  return now
}

function setFaults(faults: Readonly<Record<string, number>>, { state }: PatientHost): void {
  if (Object.keys(faults).length > 0) state.faults.set(faults)
  else if (state.faults.get() !== undefined) state.faults.clear()
}
