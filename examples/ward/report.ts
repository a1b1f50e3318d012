import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AlarmEvent, RuleSet } from '@millrace/rules'
import type { WardTruth } from './generator/ward-truth.ts'
import type { WardCounts, WardSummary } from './summary.ts'

const DAY_MS = 86_400_000

/** Alarms by rule. */
export interface AlarmTally {
  readonly rule: string
  readonly priority: string
  readonly raised: number
  readonly cleared: number
  readonly patients: number
}

/** Counts the events of `alarms.ndjson`; every rule is in it, also one that never fired. */
export async function tallyAlarms(file: string, rules: RuleSet): Promise<AlarmTally[]> {
  const byRule = new Map(
    rules.rules.map(({ id, priority }) => [id, { priority, raised: 0, cleared: 0, patients: new Set() }]),
  )
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const event = JSON.parse(line) as AlarmEvent
    // What is no rule by itself is one of a table.
    const tally = byRule.get(event.rule) ?? { priority: event.priority, raised: 0, cleared: 0, patients: new Set() }
    byRule.set(event.rule, tally)
    tally[event.event] += 1
    tally.patients.add(event.patientId)
  }
  return [...byRule].map(([rule, { patients, ...tally }]) => ({ rule, ...tally, patients: patients.size }))
}

/** The table of alarms for each rule and patient-day. */
export function alarmTable(
  tallies: readonly AlarmTally[],
  { counts, windowMs }: Pick<WardSummary, 'counts' | 'windowMs'>,
): string {
  const patientDays = (counts.windows * windowMs) / DAY_MS
  const rows = tallies.map(({ rule, priority, raised, cleared, patients }) => [
    rule,
    priority,
    String(raised),
    String(cleared),
    String(raised - cleared),
    String(patients),
    patientDays === 0 ? '-' : (raised / patientDays).toFixed(2),
  ])
  return table(['rule', 'priority', 'raised', 'cleared', 'open', 'patients', 'a patient-day'], rows)
}

/** What was read and where it went. */
export function countsText(counts: WardCounts): string {
  const by = Object.entries(counts.rejectedBy).map(([code, n]) => `${code} ${n}`)
  return [
    `read ${counts.read} = staged ${counts.staged} + rejected ${counts.rejected}${by.length === 0 ? '' : ` (${by.join(', ')})`}`,
    `of the staged: ${counts.late} too late for their window, ${counts.converted} converted, ${counts.impossible} with an impossible value, ${counts.clockAhead + counts.clockBehind} with a wrong clock`,
    `windows ${counts.windows}, alarm events ${counts.alarmEvents}`,
  ].join('\n')
}

/** What was injected in a generated ward beside what the job found. */
export function truthTable(
  { counts: truth, lateness }: WardTruth,
  counts: WardCounts,
): { text: string; agrees: boolean } {
  const { rejectedBy, impossibleBy } = counts
  const pairs: [string, number, number][] = [
    ['lines', truth.lines, counts.read],
    ['readings', truth.readings, counts.staged],
    ['broken: not JSON', truth.broken.truncated + truth.broken.garbage, rejectedBy['json-invalid'] ?? 0],
    ['broken: no patient', truth.broken.missingPatientId, rejectedBy['patient-missing'] ?? 0],
    ['broken: unknown unit', truth.broken.unknownUnit, rejectedBy['unit-unknown'] ?? 0],
    ['duplicates', truth.duplicates, rejectedBy.duplicate ?? 0],
    ['Fahrenheit', truth.unitConversions, counts.converted],
    ['impossible SpO2', truth.impossibleValues.spo2, impossibleBy.spo2 ?? 0],
    ['impossible temperature', truth.impossibleValues.temperature, impossibleBy.temperature ?? 0],
    ['impossible heart rate', truth.impossibleValues.heartRate, impossibleBy.heartRate ?? 0],
    ['clock ahead', truth.wrongClock.ahead, counts.clockAhead],
    ['clock behind', truth.wrongClock.behind, counts.clockBehind],
    ['late for their window', lateness.late.total, counts.late],
  ]
  const rows = pairs.map(([kind, injected, found]) => [
    kind,
    String(injected),
    String(found),
    injected === found ? '' : 'DIFFERS',
  ])
  return { text: table(['kind', 'injected', 'found', ''], rows), agrees: pairs.every(([, a, b]) => a === b) }
}

/** Columns under their names, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        i > 0 && /^[\d.,-]+$/.test(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
