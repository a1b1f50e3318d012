import { json } from '@millrace/connectors/formats'
import { kafkaSource } from '@millrace/connectors/kafka'
import { createEnvironment, type JobMetrics } from '@millrace/core'
import type { AlarmEvent } from '@millrace/rules'
import type { PatientMinute, Unused } from './job.ts'

/** Prints what the job wrote, as one who reads committed sees it. Times are minutes and seconds since the ward began. */
export async function report(brokers: readonly string[], begin: number, metrics: JobMetrics): Promise<void> {
  const writtenBy = (sink: string): number => metrics.steps.find(({ id }) => id === sink)?.recordsIn ?? 0
  const clock = (time: number): string => {
    const seconds = Math.round((time - begin) / 1_000)
    return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
  }

  const alarms = await everythingIn<AlarmEvent>(brokers, 'alarms', writtenBy('alarms'))
  printTable(
    `alarms: ${alarms.length} messages`,
    ['time', 'patient', 'alarm', '', 'priority', 'why'],
    alarms
      .sort((a, b) => a.time - b.time)
      .map(({ time, patientId, rule, event, priority, why }) => {
        const [compared] = why.values
        const reason = `${why.condition} for ${why.for}, was ${compared?.value} ${compared?.unit}`
        return [clock(time), patientId, rule, event, priority, reason]
      }),
  )

  const minutes = await everythingIn<PatientMinute>(brokers, 'vitals-by-minute', writtenBy('by-minute'))
  const patients = [...new Set(minutes.map(({ patientId }) => patientId))].sort()
  printTable(
    `vitals-by-minute: ${minutes.length} messages; mean heart rate, lowest SpO2`,
    ['minute', ...patients],
    [...Map.groupBy(minutes, ({ minute }) => minute)]
      .sort(([a], [b]) => a - b)
      .map(([minute, rows]) => [clock(minute), ...patients.map((patientId) => vitalsOf(rows, patientId))]),
  )

  const unused = await everythingIn<Unused>(brokers, 'vitals-rejected', writtenBy('rejected'))
  printTable(
    `vitals-rejected: ${unused.length} messages`,
    ['place', 'code', 'reason'],
    unused.map(({ place, code, reason }) => [place, code, reason]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}

function vitalsOf(rows: readonly PatientMinute[], patientId: string): string {
  const row = rows.find((each) => each.patientId === patientId)
  return row === undefined ? '' : `${row.heartRate?.toFixed(1)} /min  ${row.lowestSpo2} %`
}

/** What is committed in a topic: read again until it is as much as was written, since Kafka shows it a moment after it has said so. */
async function everythingIn<T>(brokers: readonly string[], topic: string, count: number): Promise<T[]> {
  for (;;) {
    const source = kafkaSource({ brokers, topic, format: json<T>(), end: 'latest' })
    const found = await createEnvironment().fromSource(source, { id: topic }).executeAndCollect()
    if (found.length >= count) return found
  }
}

function printTable(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(title)
  for (const cells of [heads, ...rows]) console.log(`  ${line(cells)}`)
  console.log()
}
