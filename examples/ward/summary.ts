import type { JobMetrics } from '@millrace/core'

/** What was read, and where each row of it went. `read = staged + rejected`. */
export interface WardCounts {
  readonly read: number
  readonly staged: number
  readonly rejected: number
  /** By the reason's code; `duplicate` among them. */
  readonly rejectedBy: Readonly<Record<string, number>>
  /** Staged, and too late for their window. */
  readonly late: number
  /** Staged readings in another unit, converted. */
  readonly converted: number
  /** Staged readings with a value that no living body has, blanked; by vital. */
  readonly impossible: number
  readonly impossibleBy: Readonly<Record<string, number>>
  /** Staged readings of a device whose clock is wrong. */
  readonly clockAhead: number
  readonly clockBehind: number
  readonly windows: number
  readonly alarmEvents: number
}

/** The counts of a run, from the job's own counters: they are part of its checkpoints. */
export function countsOf(metrics: JobMetrics): WardCounts {
  const step = (id: string) => metrics.steps.find((s) => s.id === id)
  const source = step('vitals')
  const clean = step('clean')
  const rejectedBy = withPrefix(source?.counters ?? {}, 'rejected.')
  const copies = clean?.counters.duplicates ?? 0
  if (copies > 0) rejectedBy.duplicate = copies
  const atSource = source?.counters.rejected ?? 0
  return {
    read: (source?.recordsOut ?? 0) + atSource,
    staged: step('staging-vitals')?.recordsIn ?? 0,
    rejected: step('rejects')?.recordsIn ?? 0,
    rejectedBy,
    late: step('windows')?.counters.late ?? 0,
    converted: clean?.counters.converted ?? 0,
    impossible: clean?.counters.impossible ?? 0,
    impossibleBy: withPrefix(clean?.counters ?? {}, 'impossible.'),
    clockAhead: clean?.counters['clock.ahead'] ?? 0,
    clockBehind: clean?.counters['clock.behind'] ?? 0,
    windows: step('windows-file')?.recordsIn ?? 0,
    alarmEvents: step('alarms-file')?.recordsIn ?? 0,
  }
}

function withPrefix(counters: Readonly<Record<string, number>>, prefix: string): Record<string, number> {
  const found = Object.entries(counters).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]): [string, number] => [name.slice(prefix.length), value]).sort())
}

/** `summary.json`. */
export interface WardSummary {
  readonly counts: WardCounts
  readonly readingsPerSecond: number
  /** Of this process, from its start to the last commit. */
  readonly seconds: number
  readonly peakMemoryBytes: number
  readonly checkpoints: number
  /** The records that an earlier process had read, where this one went on with its work. */
  readonly resumedFromRecords: number
  readonly ruleVersion: string
  readonly windowMs: number
}
