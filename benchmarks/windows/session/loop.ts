import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { GAP_MS, MAX_DELAY_MS, type Reading } from './data.ts'

interface Session {
  start: number
  end: number
  count: number
  heartRate: number
  lowest: number
  highest: number
  readonly sessions: Session[]
}

/**
 * A short list of open sessions for each patient, and sessions by the second in which they may end; one that has grown since is
 * put where it ends now. For data of which nothing is late.
 */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const patients = new Map<string, Session[]>()
  const due = new Map<number, Session[]>()
  let newest = Number.MIN_SAFE_INTEGER
  let nextSecond = Number.MAX_SAFE_INTEGER

  const schedule = (session: Session): void => {
    const second = Math.floor(session.end / 1_000)
    const there = due.get(second)
    if (there === undefined) due.set(second, [session])
    else there.push(session)
    if (second < nextSecond) nextSecond = second
  }
  const fire = (watermark: number): void => {
    while (due.size > 0 && nextSecond * 1_000 - 1 <= watermark) {
      const second = nextSecond++
      const waiting = due.get(second)
      if (waiting === undefined) continue
      due.delete(second)
      const later: Session[] = []
      for (const session of waiting) {
        if (session.count === 0) continue
        if (session.end - 1 > watermark) later.push(session)
        else {
          session.sessions.splice(session.sessions.indexOf(session), 1)
          const { start, end, count, heartRate, lowest, highest } = session
          out.add(start + end, count, heartRate / count, lowest * 256 + highest)
        }
      }
      for (const session of later) schedule(session)
      if (nextSecond <= second) return
    }
  }

  for (let i = 0; i < readings.length; i++) {
    const { patientId, time, heartRate, spo2 } = readings[i] as Reading
    let sessions = patients.get(patientId)
    if (sessions === undefined) {
      sessions = []
      patients.set(patientId, sessions)
    }
    let session = sessions.at(-1)
    if (session === undefined || time < session.start || time > session.end) session = join(sessions, time, schedule)
    else if (time + GAP_MS > session.end) session.end = time + GAP_MS
    session.count++
    session.heartRate += heartRate
    if (spo2 < session.lowest) session.lowest = spo2
    if (spo2 > session.highest) session.highest = spo2
    if (time > newest) {
      newest = time
      if (newest - MAX_DELAY_MS - 1 >= nextSecond * 1_000 - 1) fire(newest - MAX_DELAY_MS - 1)
    }
  }
  fire(Number.MAX_SAFE_INTEGER)
  return out.outcome()
}

/** The session that a reading makes or joins; all that it touches become one. */
function join(sessions: Session[], time: number, schedule: (session: Session) => void): Session {
  const touching = sessions.filter((s) => s.start <= time + GAP_MS && s.end >= time)
  const [kept] = touching
  if (kept === undefined) {
    const session: Session = {
      start: time,
      end: time + GAP_MS,
      count: 0,
      heartRate: 0,
      lowest: Number.POSITIVE_INFINITY,
      highest: Number.NEGATIVE_INFINITY,
      sessions,
    }
    sessions.push(session)
    sessions.sort((a, b) => a.start - b.start)
    schedule(session)
    return session
  }
  kept.start = Math.min(kept.start, time)
  kept.end = Math.max(kept.end, time + GAP_MS)
  for (const other of touching.slice(1)) {
    kept.end = Math.max(kept.end, other.end)
    kept.count += other.count
    kept.heartRate += other.heartRate
    kept.lowest = Math.min(kept.lowest, other.lowest)
    kept.highest = Math.max(kept.highest, other.highest)
    // Where it is scheduled, it is passed over.
    other.count = 0
    sessions.splice(sessions.indexOf(other), 1)
  }
  return kept
}
