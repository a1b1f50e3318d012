import { Engine } from 'json-rules-engine'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import type { Beside } from './data.ts'

/** The engine says which rules hold; that an alarm begins or ends is found by what held before. */
export const run: Run<Beside> = async ({ plain, readings }) => {
  const out = new Checksum()
  const engine = new Engine()
  for (const [i, { above, below }] of plain.entries()) {
    const fast = { fact: 'heartRate', operator: 'greaterThan', value: above }
    const low = { fact: 'spo2', operator: 'lessThan', value: below }
    engine.addRule({ conditions: { all: below === undefined ? [fast] : [fast, low] }, event: { type: `r${i}` } })
  }
  const raised = new Map<string, Set<string>>()
  for (const { patientId, time, heartRate, spo2 } of readings) {
    const { events } = await engine.run({ heartRate, spo2 })
    const now = new Set(events.map(({ type }) => type))
    const before = raised.get(patientId) ?? new Set()
    const patient = Number(patientId.slice(8))
    for (const type of now) if (!before.has(type)) out.add(time, Number(type.slice(1)), 1, patient)
    for (const type of before) if (!now.has(type)) out.add(time, Number(type.slice(1)), 0, patient)
    raised.set(patientId, now)
  }
  return out.outcome()
}
