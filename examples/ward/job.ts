import { join } from 'node:path'
import { fileSink } from '@millrace/connectors/file'
import { json } from '@millrace/connectors/formats'
import type { Lake, RawRow } from '@millrace/connectors/lake'
import {
  boundedOutOfOrderness,
  type Duration,
  defineJob,
  type JobDefinition,
  type ProcessFunction,
  tumblingEventTimeWindows,
} from '@millrace/core'
import type { Source } from '@millrace/core/connector'
import { type AlarmEvent, evaluateRules, type RuleSet, rejectedReadings } from '@millrace/rules'
import { type CleanReading, cleanReadings, duplicates } from './clean-readings.ts'
import type { Received } from './reading.ts'
import { vitalAggregates, vitalWindow } from './vital-windows.ts'

/** A reading further ahead of its arrival than this moves no watermark. */
export const MAX_FUTURE_MS = 60_000

/** What a ward's job is made of. */
export interface WardParts {
  readonly input: Source<Received>
  readonly rules: RuleSet
  readonly window: Duration
  /** Where `alarms.ndjson` and `windows.ndjson` go. */
  readonly directory: string
  readonly lake: Lake
}

/**
 * ```
 *   readings ──► clean (copies out, clocks checked) ──► windows ──► windows.ndjson
 *      │            │            │            └───────► rules ────► alarms.ndjson, curated.alarms
 *      │            │            └──► staging.vitals, curated.vitals
 *      │            └─ copies ──┐
 *      ├─ rejected ─────────────┴──► rejects.vitals
 *      └──► raw.vitals (every line)
 * ```
 */
export function wardJob(parts: WardParts): JobDefinition {
  const { input, rules, lake } = parts
  return defineJob('ward', (env) => {
    // Where a row does not say when it was received, that is its own time, and no clock is ever ahead.
    const watermarks = boundedOutOfOrderness<Received>('5s')
      .idleAfter('1m')
      .timestamp(({ reading }: Received) => reading.time)
      .receivedAt(({ reading }: Received) => reading.receivedAt)
      .maxFuture(MAX_FUTURE_MS)
    const readings = env.fromSource(input, { id: 'vitals', watermarks, onReject: 'side-output' })
    const rejected = readings.rejected()

    readings
      .map(({ raw, split, position, reading }): RawRow => ({ raw, split, position, receivedAt: reading.receivedAt }), {
        id: 'lines',
      })
      .union(rejected.map(({ raw, split, position }): RawRow => ({ raw, split, position }), { id: 'rejected-lines' }))
      .sinkTo(lake.raw('vitals'), { id: 'raw-vitals' })

    const clean = readings.keyBy(({ reading }) => reading.patientId).process(cleanReadings(), { id: 'clean' })
    clean.getSideOutput(duplicates).union(rejected).sinkTo(lake.rejects('vitals'), { id: 'rejects' })
    clean
      .map(stagedRow, { id: 'staged-rows' })
      .sinkTo(lake.staging('vitals', { columns: STAGED_COLUMNS, partitionTime: 'time' }), { id: 'staging-vitals' })

    // A clock that is ahead would put readings into windows of a time that has not come.
    clean
      .filter(({ clock }) => clock !== 'ahead', { id: 'not-ahead' })
      .keyBy(({ reading }) => reading.patientId)
      .window(tumblingEventTimeWindows(parts.window))
      .aggregate(vitalAggregates(), { id: 'windows' })
      .map(vitalWindow, { id: 'window-lines' })
      .sinkTo(fileSink({ path: join(parts.directory, 'windows.ndjson'), format: json() }), { id: 'windows-file' })

    // Rules see what can be believed; a patient whose device has its clock wrong falls silent, and that is an alarm.
    const trusted = clean.filter(({ clock }) => clock === 'right', { id: 'right-time' })
    trusted
      .map(curatedRow, { id: 'curated-rows' })
      .sinkTo(lake.curated('vitals', { columns: CURATED_COLUMNS, partitionTime: 'time' }), { id: 'curated-vitals' })
    const alarms = trusted
      .map(({ reading }) => reading, { id: 'readings' })
      .keyBy((reading) => reading.patientId)
      .process(evaluateRules(rules), { id: 'rules' })
    alarms.sinkTo(fileSink({ path: join(parts.directory, 'alarms.ndjson'), format: json() }), { id: 'alarms-file' })
    alarms
      .process(alarmRows, { id: 'alarm-rows' })
      .sinkTo(lake.curated('alarms', { columns: ALARM_COLUMNS, partitionTime: 'time' }), { id: 'curated-alarms' })
    alarms
      .getSideOutput(rejectedReadings)
      .map(({ patientId, time, signal, code }) => ({ patientId, time, signal, code }), { id: 'refused-rows' })
      .sinkTo(lake.curated('refusals', { columns: REFUSAL_COLUMNS, partitionTime: 'time' }), { id: 'refusals' })
  })
}

const VITAL_COLUMNS = {
  heartRate: 'DOUBLE',
  pulseRate: 'DOUBLE',
  respiratoryRate: 'DOUBLE',
  spo2: 'DOUBLE',
  systolic: 'DOUBLE',
  diastolic: 'DOUBLE',
  meanArterialPressure: 'DOUBLE',
  temperature: 'DOUBLE',
} as const

const STAGED_COLUMNS = {
  patientId: 'VARCHAR',
  time: 'TIMESTAMP_MS',
  receivedAt: 'TIMESTAMP_MS',
  ...VITAL_COLUMNS,
  clock: 'VARCHAR',
  impossible: 'VARCHAR',
  converted: 'VARCHAR',
} as const

const CURATED_COLUMNS = { patientId: 'VARCHAR', time: 'TIMESTAMP_MS', ...VITAL_COLUMNS } as const

const ALARM_COLUMNS = {
  patientId: 'VARCHAR',
  rule: 'VARCHAR',
  ruleVersion: 'VARCHAR',
  event: 'VARCHAR',
  time: 'TIMESTAMP_MS',
  priority: 'VARCHAR',
  why: 'VARCHAR',
} as const

const REFUSAL_COLUMNS = { patientId: 'VARCHAR', time: 'TIMESTAMP_MS', signal: 'VARCHAR', code: 'VARCHAR' } as const

function stagedRow({ reading, clock, impossible }: CleanReading) {
  return {
    ...curatedRow({ reading }),
    receivedAt: reading.receivedAt,
    clock: clock === 'right' ? null : clock,
    impossible: impossible.length === 0 ? null : impossible.join(' '),
    converted: reading.converted.length === 0 ? null : reading.converted.join(' '),
  }
}

function curatedRow({ reading }: Pick<CleanReading, 'reading'>) {
  return {
    patientId: reading.patientId,
    time: reading.time,
    heartRate: reading.heartRate ?? null,
    pulseRate: reading.pulseRate ?? null,
    respiratoryRate: reading.respiratoryRate ?? null,
    spo2: reading.spo2 ?? null,
    systolic: reading.systolic ?? null,
    diastolic: reading.diastolic ?? null,
    meanArterialPressure: reading.meanArterialPressure ?? null,
    temperature: reading.temperature ?? null,
  }
}

/** Rows of alarm events; counts them by kind, so that whoever watches sees how many are open. */
const alarmRows: ProcessFunction<AlarmEvent, Omit<AlarmEvent, 'why'> & { why: string }> = {
  processRecord({ why, ...alarm }, ctx) {
    ctx.metrics.counter(alarm.event).add(1)
    ctx.emit({ ...alarm, why: JSON.stringify(why) })
  },
}
