import { BEGAN } from '../alarms/delayed-alarm.ts'
import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { COUNTED_FROM } from '../compile/layout.ts'
import { AlarmCells, emptyAlarms } from './alarm-cells.ts'
import type { AlarmSlots } from './alarm-slots.ts'
import type { ToldAlarm } from './late-memory.ts'
import type { PatientHost } from './patient-host.ts'
import { ARRIVAL, CLOCK, DUE_TIMER, FIRST, LIMITS_AT, LIMITS_TIMER, SILENCE_TIMER, SILENT } from './patient-state.ts'
import type { RerunHost } from './rerun-host.ts'

/** Not of what is evaluated again: these go by the job's clock. */
const BY_THE_JOBS_CLOCK = [FIRST, DUE_TIMER, SILENCE_TIMER, SILENT, LIMITS_AT, LIMITS_TIMER]

/**
 * Puts what evaluating readings again has come to in the place of what there was, but for what goes by the job's clock. An alarm that goes on
 * keeps the id under which it was told.
 *
 * @param cells are left at those of the patient.
 */
export function adoptRerun(
  set: CompiledRuleSet,
  slots: AlarmSlots,
  cells: AlarmCells,
  { from, told, into }: { readonly from: RerunHost; readonly told: readonly ToldAlarm[]; readonly into: PatientHost },
): void {
  const { state } = into
  const alarms = new AlarmCells()
  alarms.begin(state.alarms.get() ?? emptyAlarms())
  cells.begin(from.state.alarms.get() ?? emptyAlarms())
  for (const { index } of set.silences) cells.copy(index, alarms)
  const faults = nameOpen(told, slots, cells, from.state.faults.get())
  state.vitals.set(vitalsOf(set, from, state.vitals.get() as Float64Array))
  state.alarms.set(cells.numbers)
  const [history, texts] = [from.state.history.get(), from.state.texts.get()]
  if (history !== undefined) state.history.set(history)
  if (texts !== undefined) state.texts.set(texts)
  if (faults !== undefined) state.faults.set(faults)
  else if (state.faults.get() !== undefined) state.faults.clear()
}

function vitalsOf({ layout }: CompiledRuleSet, from: RerunHost, live: Float64Array): Float64Array {
  const vitals = from.state.vitals.get() as Float64Array
  for (const i of BY_THE_JOBS_CLOCK) vitals[i] = live[i] as number
  if (vitals[CLOCK] === live[CLOCK]) vitals[ARRIVAL] = live[ARRIVAL] as number
  for (const { offset } of layout.seen) vitals.set(live.subarray(offset, offset + COUNTED_FROM + 1), offset)
  return vitals
}

function nameOpen(
  told: readonly ToldAlarm[],
  slots: AlarmSlots,
  cells: AlarmCells,
  faults: Readonly<Record<string, number>> | undefined,
): Readonly<Record<string, number>> | undefined {
  let named = faults
  for (const { slot, began, cleared } of told) {
    if (cleared !== Infinity) continue
    const failed = slots.failedRuleOf(slot)
    const at = cells.find(slots.ruleOf(slot)?.index ?? -1)
    if (failed !== undefined) named = { ...named, [failed.index]: began }
    else if (at !== -1) cells.numbers[at + BEGAN] = began
  }
  return named
}
