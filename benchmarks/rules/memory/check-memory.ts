// Prints what rules run alone hold of a patient: on the heap, and as a snapshot. Exits with 1 where it does not follow what has moved.
import { serialize, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compileRules, type Ward } from '@millrace/rules'
import { heldBytes } from '../../harness/held-bytes.ts'
import { type Mix, makeMix, type Reading } from '../mixed/mix.ts'

setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>

const PATIENTS = 1_000
/** Held all along, so that what is measured between is the rules' own. */
const MIXES = [100, 1_000, 10_000].map((count) => makeMix(count, PATIENTS, 40).data)

interface Held {
  readonly heap: number
  readonly stored: number
  /** How many alarms are standing. */
  readonly alarms: number
}

/** None goes while another is measured. */
const wards: Ward[] = []

/** What buffers held is counted off a while after they have gone. */
function settledBytes(): number {
  for (let i = 0; i < 3; i++) heldBytes()
  return heldBytes()
}

/** Bytes and alarms a patient. */
function heldOf({ rules, readings }: Mix, change: (reading: Reading) => Reading): Held {
  const ward = compileRules(rules)
  let alarms = 0
  const before = settledBytes()
  for (const reading of readings) {
    for (const { event } of ward.feed(change(reading))) alarms += event === 'raised' ? 1 : -1
  }
  const heap = (settledBytes() - before) / PATIENTS
  wards.push(ward)
  return { heap, stored: serialize(ward.snapshot()).length / PATIENTS, alarms: alarms / PATIENTS }
}

let isAsSaid = true
for (const mix of MIXES) {
  const count = mix.rules.rules.length
  const quiet = heldOf(mix, (reading) => ({ ...reading, heartRate: 50, spo2: 100 }))
  const moved = heldOf(mix, (reading) => reading)
  const each = (moved.heap - quiet.heap) / moved.alarms
  console.log(
    `  ${count} rules: ${bytes(quiet.heap)} (${bytes(quiet.stored)} stored) a patient where none has moved; ` +
      `${bytes(moved.heap)} (${bytes(moved.stored)} stored) with ${moved.alarms.toFixed(1)} alarms, ${bytes(each)} an alarm; ` +
      `${(moved.heap / count).toFixed(2)} a patient and rule`,
  )
  isAsSaid &&= moved.heap < 4_096 + 128 * moved.alarms
}
process.exitCode = isAsSaid ? 0 : 1

function bytes(count: number): string {
  return `${Math.round(count).toLocaleString('en')} B`
}
