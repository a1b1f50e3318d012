import { compareKeys, type Key } from '../src/elements/key.ts'
import type { TimeWindow } from '../src/elements/time-window.ts'
import type { Emitted, Reading, Step } from './window-driver.ts'

/** What the windows should give, written from the definitions: every window keeps every record, and nothing is shared. */
export interface Expected {
  readonly emitted: Emitted[]
  readonly late: Reading[]
  readonly partlyLate: number
}

interface ModelWindow {
  readonly key: Key
  start: number
  end: number
  readonly records: { readonly reading: Reading; readonly arrival: number }[]
  hasFired: boolean
}

export function alignedModel(
  steps: readonly Step[],
  size: number,
  slide: number,
  offset: number,
  lateness: number,
): Expected {
  const period = BigInt(slide)
  return assignedModel(steps, lateness, (time) => {
    // The smallest n * slide + offset above time - size.
    const above = BigInt(time - size + 1) - BigInt(offset)
    const first = Number(above + (((-above % period) + period) % period)) + offset
    const windows: TimeWindow[] = []
    for (let start = first; start <= time; start += slide) windows.push({ start, end: start + size })
    return windows
  })
}

/** Windows that do not depend on the records: `windowsOf` says which hold a time, the earliest first. */
export function assignedModel(
  steps: readonly Step[],
  lateness: number,
  windowsOf: (time: number) => readonly TimeWindow[],
): Expected {
  const windows: ModelWindow[] = []
  const expected = { emitted: [] as Emitted[], late: [] as Reading[], partlyLate: 0 }
  let watermark = Number.NEGATIVE_INFINITY
  steps.forEach((step, arrival) => {
    if (step.type === 'watermark' && step.watermark > watermark) {
      watermark = step.watermark
      expected.emitted.push(...fire(windows, watermark))
    }
    if (step.type !== 'record') return
    const { reading } = step
    let taken = 0
    let missed = 0
    for (const { start, end } of windowsOf(reading.time)) {
      if (end - 1 + lateness <= watermark) {
        missed += 1
        continue
      }
      taken += 1
      let window = windows.find((w) => w.key === reading.key && w.start === start && w.end === end)
      if (window === undefined) {
        window = { key: reading.key, start, end, records: [], hasFired: false }
        windows.push(window)
      }
      window.records.push({ reading, arrival })
      if (end - 1 > watermark) continue
      window.hasFired = true
      expected.emitted.push(resultOf(window))
    }
    if (taken === 0) expected.late.push(reading)
    else if (missed > 0) expected.partlyLate += 1
  })
  return expected
}

export function sessionModel(steps: readonly Step[], gap: number, lateness: number): Expected {
  let windows: ModelWindow[] = []
  const expected = { emitted: [] as Emitted[], late: [] as Reading[], partlyLate: 0 }
  let watermark = Number.NEGATIVE_INFINITY
  const isGone = (end: number): boolean => end - 1 + lateness <= watermark
  steps.forEach((step, arrival) => {
    if (step.type === 'watermark' && step.watermark > watermark) {
      watermark = step.watermark
      expected.emitted.push(...fire(windows, watermark))
      windows = windows.filter((window) => !isGone(window.end))
    }
    if (step.type !== 'record') return
    const { reading } = step
    const merged: ModelWindow = {
      key: reading.key,
      start: reading.time,
      end: reading.time + gap,
      records: [{ reading, arrival }],
      hasFired: false,
    }
    // Whatever it touches becomes part of it, and what that touches, until nothing more does.
    for (;;) {
      const touching = windows.find((w) => w.key === reading.key && w.start <= merged.end && w.end >= merged.start)
      if (touching === undefined) break
      windows.splice(windows.indexOf(touching), 1)
      merged.start = Math.min(merged.start, touching.start)
      merged.end = Math.max(merged.end, touching.end)
      merged.records.push(...touching.records)
    }
    if (isGone(merged.end)) {
      expected.late.push(reading)
      return
    }
    windows.push(merged)
    if (merged.end - 1 > watermark) return
    merged.hasFired = true
    expected.emitted.push(resultOf(merged))
  })
  return expected
}

/** Records of one key that are at most a gap apart, from one to the next in time, are one session. */
export function intervalUnion(readings: readonly Reading[], gap: number): Emitted[] {
  const windows: ModelWindow[] = []
  const ordered = readings.map((reading, arrival) => ({ reading, arrival }))
  ordered.sort((a, b) => compareKeys(a.reading.key, b.reading.key) || a.reading.time - b.reading.time)
  for (const record of ordered) {
    const { key, time } = record.reading
    const newest = windows.at(-1)
    if (newest !== undefined && newest.key === key && time <= newest.end) {
      newest.end = time + gap
      newest.records.push(record)
    } else windows.push({ key, start: time, end: time + gap, records: [record], hasFired: false })
  }
  return fire(windows, Number.POSITIVE_INFINITY)
}

function fire(windows: readonly ModelWindow[], watermark: number): Emitted[] {
  const due = windows.filter((window) => !window.hasFired && window.end - 1 <= watermark)
  due.sort((a, b) => a.end - b.end || a.start - b.start || compareKeys(a.key, b.key))
  for (const window of due) window.hasFired = true
  return due.map(resultOf)
}

function resultOf({ key, start, end, records }: ModelWindow): Emitted {
  const ordered = [...records].sort((a, b) => a.reading.time - b.reading.time || a.arrival - b.arrival)
  const values = ordered.map((record) => record.reading.value)
  const total = values.reduce((a, b) => a + b, 0)
  return {
    result: {
      key,
      window: { start, end },
      readings: values.length,
      total,
      average: total / values.length,
      lowest: Math.min(...values),
      oldest: values[0],
      newest: values.at(-1),
    },
    timestamp: end - 1,
  }
}
