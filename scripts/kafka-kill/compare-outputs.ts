import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaWitness } from '../../packages/connectors/test/kafka/kafka-witness.ts'
import type { Checks } from './checks.ts'
import { compareResults } from './compare-results.ts'
import { expectedAlarms, expectedWindows, type KillAlarm, type KillWindow } from './expected-results.ts'
import { type KillReading, STEP_MS } from './readings.ts'

/** Differences that are printed, of each kind. */
const SHOWN = 50

/** Holds what a reader of committed records sees against what the readings of each patient say, when all transactions have ended. */
export async function compareOutputs(
  witness: KafkaWitness,
  topics: { readonly windows: string; readonly alarms: string },
  patients: readonly (readonly KillReading[])[],
  checks: Checks,
): Promise<void> {
  while (Object.values(await witness.transactions()).some((state) => state.startsWith('Prepare'))) await sleep(50)
  const { differences: windowDifferences, ...windows } = compareResults<KillWindow>(
    await witness.read(topics.windows, 'read_committed'),
    patients.flatMap((readings) => expectedWindows(readings)),
    ({ patientId, start, end, count, spo2, fastest }) => ({ patientId, start, end, count, spo2, fastest }),
    ({ patientId, start }) => [patientId, start],
  )
  const { differences: alarmDifferences, ...alarms } = compareResults<KillAlarm>(
    await witness.read(topics.alarms, 'read_committed'),
    patients.flatMap((readings) => expectedAlarms(readings, STEP_MS)),
    ({ patientId, rule, event, time }) => ({ patientId, rule, event, time }),
    ({ patientId, rule, time }) => [`${patientId} ${rule}`, time],
  )
  console.table({ windows, alarms })
  for (const differences of [windowDifferences, alarmDifferences]) {
    for (const [what, results] of Object.entries(differences)) {
      for (const result of results.slice(0, SHOWN)) console.log(`${what}: ${result}`)
    }
  }
  for (const [what, { expected, missing, repeated, madeUp, outOfOrder }] of Object.entries({ windows, alarms })) {
    checks.add(`${what} are there`, expected > 0)
    checks.add(`no ${what} are missing (${missing})`, missing === 0)
    checks.add(`no ${what} are repeated (${repeated})`, repeated === 0)
    checks.add(`no ${what} are made up (${madeUp})`, madeUp === 0)
    checks.add(`${what} keep the order of their keys (${outOfOrder})`, outOfOrder === 0)
  }
}
