/** A line as it arrived, in the order in which all gateways' lines are read. */
export interface ArrivedLine {
  readonly raw: string
  readonly receivedAt: number
  readonly gateway: string
}

export interface LateCount {
  /** Lines that became readings: whole, known by patient and unit, and not seen before. */
  readonly readings: number
  /** Readings whose tumbling window was closed when they came. */
  readonly late: number
  /** Readings at or below the watermark. */
  readonly beyondBound: number
}

/**
 * Counts late readings the slow and obvious way, from the text of the lines alone: for each line the watermark is worked
 * out again from the newest time of every gateway. Exact duplicates within two minutes and lines that are no readings are
 * not counted and move nothing.
 */
export function countLate(
  lines: readonly ArrivedLine[],
  options: {
    readonly windowMs: number
    readonly outOfOrdernessMs: number
    readonly maxFutureMs?: number
    readonly idleAfterMs?: number
  },
): LateCount {
  const { windowMs, outOfOrdernessMs, maxFutureMs = 60_000, idleAfterMs = Number.POSITIVE_INFINITY } = options
  const gateways = [...new Set(lines.map((line) => line.gateway))]
  const lastIndex = new Map(lines.map((line, index) => [line.gateway, index]))
  const newest = new Map<string, number>()
  const lastHeard = new Map<string, number>(gateways.map((gateway) => [gateway, lines[0]?.receivedAt ?? 0]))
  const seen = new Map<string, number>()
  let watermark = Number.NEGATIVE_INFINITY
  let readings = 0
  let late = 0
  let beyondBound = 0

  const raiseWatermark = (index: number, now: number, speaking?: string): void => {
    const heard = gateways.filter((g) => g === speaking || now < (lastHeard.get(g) as number) + idleAfterMs)
    const held = heard.map((g) => (index > (lastIndex.get(g) as number) ? Infinity : (newest.get(g) ?? -Infinity)))
    if (held.length > 0) watermark = Math.max(watermark, Math.min(...held) - outOfOrdernessMs - 1)
  }

  lines.forEach(({ raw, receivedAt, gateway }, index) => {
    raiseWatermark(index, receivedAt)
    lastHeard.set(gateway, receivedAt)
    const time = timeOf(raw)
    const isCopy = receivedAt - (seen.get(raw) ?? -Infinity) <= 120_000
    if (time === undefined || isCopy) return
    seen.set(raw, receivedAt)
    readings += 1
    const windowEnd = Math.floor(time / windowMs) * windowMs + windowMs
    if (windowEnd - 1 <= watermark) late += 1
    if (time <= watermark) beyondBound += 1
    const isBelievable = time <= receivedAt + maxFutureMs
    if (isBelievable) newest.set(gateway, Math.max(newest.get(gateway) ?? -Infinity, time))
  })
  return { readings, late, beyondBound }
}

function timeOf(raw: string): number | undefined {
  let line: unknown
  try {
    line = JSON.parse(raw)
  } catch {
    return undefined
  }
  if (typeof line !== 'object' || line === null || !('patientId' in line) || !('time' in line)) return undefined
  if (!('temperatureUnit' in line) || !['Cel', '[degF]'].includes(line.temperatureUnit as string)) return undefined
  const time = typeof line.time === 'string' ? Date.parse(line.time) : line.time
  return typeof time === 'number' && Number.isFinite(time) ? time : undefined
}
