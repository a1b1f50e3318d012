/**
 * Finds the alarm episodes of one rule straight from rows of a recording: slow, obvious, and with nothing of Millrace in
 * it. This is what a rule engine is held against; the meaning is written down here once more, in a hundred lines.
 *
 * A reading of a signal holds until the signal's next (exclusive), and at most until its age is `validForMs` (inclusive);
 * then the signal is unknown. A row without the signal is a reading that makes it unknown (`missing: 'break'`), or is as if it were
 * not there (`'hold'`: the last value goes on, and is valid from its own time). `zeros: 'no-signal'` makes zeros such rows.
 *
 * `forMs` is met at s + forMs if the condition was known to be true on all of the closed [s, s + forMs]: a reading at
 * exactly s + forMs that makes it false, or a value that ran out on the way, prevents it. It is noticed only where the patient has
 * a row, of whatever signals, at or after that time. Clearing is the same with the clear condition, from the alarm's time
 * on at the earliest; unknown never clears; the next run starts at the time of clearing at the earliest.
 */
export interface EpisodeRule {
  readonly signal: string
  readonly comparison: Comparison
  /** In the unit of the rows. */
  readonly limit: number
  readonly forMs: number
  /** Default: the condition's negation. */
  readonly clearComparison?: Comparison
  readonly clearLimit?: number
  /** Default 0. */
  readonly clearForMs?: number
  readonly zeros: 'value' | 'no-signal'
  readonly missing: 'break' | 'hold'
  /** Default 60,000. */
  readonly validForMs?: number
}

export type Comparison = '<' | '<=' | '>' | '>='

/** A row of one patient: whatever vitals it carries, `undefined` where it carries none. Times ascend. */
export interface VitalsRow {
  readonly time: number
  readonly values: { readonly [signal: string]: number | undefined }
}

export interface AlarmEvent {
  readonly patientId: string
  readonly event: 'raised' | 'cleared'
  readonly time: number
}

export function findEpisodes(patientId: string, rows: readonly VitalsRow[], rule: EpisodeRule): AlarmEvent[] {
  rows.forEach((row, i) => {
    const before = rows[i - 1]
    if (before !== undefined && row.time <= before.time) throw new Error(`rows ${i} and ${i + 1} are not in order`)
  })
  const readings = readingsOf(rows, rule)
  const clearComparison = rule.clearComparison ?? NEGATION[rule.comparison]
  const clearLimit = rule.clearLimit ?? rule.limit
  const isTrue = (time: number): boolean => compares(valueAt(readings, rule, time), rule.comparison, rule.limit)
  const isClear = (time: number): boolean => compares(valueAt(readings, rule, time), clearComparison, clearLimit)
  // The only times at which a signal can change: at a reading, and just after a value's age is too great. Times are whole
  // ms, so half a ms is just after.
  const changes = readings.flatMap(({ time }) => [time, time + validFor(rule) + 0.5]).sort((a, b) => a - b)
  const lastRow = rows.at(-1)?.time ?? Number.NEGATIVE_INFINITY

  const events: AlarmEvent[] = []
  let from = Number.NEGATIVE_INFINITY
  for (;;) {
    const raised = firstHeld(isTrue, changes, from, rule.forMs)
    if (raised === undefined || raised > lastRow) return events
    events.push({ patientId, event: 'raised', time: raised })
    const cleared = firstHeld(isClear, changes, raised, rule.clearForMs ?? 0)
    if (cleared === undefined || cleared > lastRow) return events
    events.push({ patientId, event: 'cleared', time: cleared })
    if (cleared === raised && rule.forMs === 0) throw new Error('both conditions hold at once and neither waits')
    from = cleared
  }
}

/** The earliest s + duration, s not before `from`, such that it is true on all of the closed [s, s + duration]. */
function firstHeld(
  isTrue: (time: number) => boolean,
  changes: readonly number[],
  from: number,
  duration: number,
): number | undefined {
  const starts = [from, ...changes.filter((time) => time > from)].filter(Number.isFinite)
  for (const start of starts) {
    const end = start + duration
    const within = changes.filter((time) => time > start && time <= end)
    if (isTrue(start) && within.every(isTrue)) return end
  }
  return undefined
}

interface Reading {
  readonly time: number
  /** `undefined`: the signal is known to be absent. */
  readonly value: number | undefined
}

function readingsOf(rows: readonly VitalsRow[], rule: EpisodeRule): Reading[] {
  const readings = rows.map(({ time, values }) => {
    const value = values[rule.signal]
    return { time, value: value === 0 && rule.zeros === 'no-signal' ? undefined : value }
  })
  return rule.missing === 'hold' ? readings.filter(({ value }) => value !== undefined) : readings
}

function valueAt(readings: readonly Reading[], rule: EpisodeRule, time: number): number | undefined {
  const last = readings.findLast((reading) => reading.time <= time)
  return last !== undefined && time <= last.time + validFor(rule) ? last.value : undefined
}

function validFor(rule: EpisodeRule): number {
  return rule.validForMs ?? 60_000
}

const NEGATION: { readonly [C in Comparison]: Comparison } = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' }

function compares(value: number | undefined, comparison: Comparison, limit: number): boolean {
  if (value === undefined) return false
  if (comparison === '<') return value < limit
  if (comparison === '<=') return value <= limit
  return comparison === '>' ? value > limit : value >= limit
}
