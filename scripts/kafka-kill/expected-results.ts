import type { KillReading } from './readings.ts'

/** What the job writes of a window. */
export interface KillWindow {
  readonly patientId: string
  readonly start: number
  readonly end: number
  readonly count: number
  readonly spo2: number
  readonly fastest: number
}

/** What is compared of an alarm. */
export interface KillAlarm {
  readonly patientId: string
  readonly rule: string
  readonly event: 'raised' | 'cleared'
  readonly time: number
}

/** The settings of the windows and rules, in words that both the job and the model of it read. */
export const WINDOW_MS = 3_600_000

interface Limit {
  readonly rule: string
  isTrue(reading: KillReading): boolean
  readonly forMs: number
  isOver(reading: KillReading): boolean
  readonly overForMs: number
}

const LIMITS: readonly Limit[] = [
  {
    rule: 'spo2-low',
    isTrue: ({ spo2 }) => spo2 < 88,
    forMs: 20 * 60_000,
    isOver: ({ spo2 }) => spo2 >= 91,
    overForMs: 10 * 60_000,
  },
  {
    rule: 'heart-rate-high',
    isTrue: ({ heartRate }) => heartRate > 120,
    forMs: 30 * 60_000,
    isOver: ({ heartRate }) => heartRate <= 120,
    overForMs: 0,
  },
]

/** The windows that one patient's readings make, in their order: by looking at all readings for each window. */
export function expectedWindows(readings: readonly KillReading[]): KillWindow[] {
  const starts = new Set(readings.map(({ time }) => time - (time % WINDOW_MS)))
  return [...starts].map((start) => {
    const inside = readings.filter(({ time }) => time >= start && time < start + WINDOW_MS)
    return {
      patientId: (inside[0] as KillReading).patientId,
      start,
      end: start + WINDOW_MS,
      count: inside.length,
      spo2: inside.reduce((sum, { spo2 }) => sum + spo2, 0),
      fastest: Math.max(...inside.map(({ heartRate }) => heartRate)),
    }
  })
}

/**
 * The alarms of one patient, of each rule in their order: minute by minute of what was known, which for a reading's moment is that
 * reading. Nothing is known of the time after the last.
 */
export function expectedAlarms(readings: readonly KillReading[], stepMs: number): KillAlarm[] {
  const [first, last] = [readings[0], readings.at(-1)]
  if (first === undefined || last === undefined) return []
  const byTime = new Map(readings.map((reading) => [reading.time, reading]))
  const known: KillReading[] = []
  for (let time = first.time; time <= last.time; time += stepMs) {
    known.push(byTime.get(time) ?? (known.at(-1) as KillReading))
  }
  return LIMITS.flatMap((limit) => alarmsOf(limit, known, first.time, stepMs))
}

function alarmsOf(limit: Limit, known: readonly KillReading[], start: number, stepMs: number): KillAlarm[] {
  const alarms: KillAlarm[] = []
  let changedAt = 0
  for (const [now, { patientId }] of known.entries()) {
    const isRaised = alarms.at(-1)?.event === 'raised'
    const steps = (isRaised ? limit.overForMs : limit.forMs) / stepMs
    if (now - steps < changedAt) continue
    const all = known.slice(now - steps, now + 1)
    if (!all.every((reading) => (isRaised ? limit.isOver(reading) : limit.isTrue(reading)))) continue
    alarms.push({ patientId, rule: limit.rule, event: isRaised ? 'cleared' : 'raised', time: start + now * stepMs })
    changedAt = now
  }
  return alarms
}
