import type { WardTruth } from './ward-truth.ts'

const HOUR = 3_600_000

/**
 * Counts each kind from the text of the lines alone. Shares nothing with the generator's plan; what no line can show
 * (`silentSeconds`, `delayed`) is 0.
 */
export function recount(lines: readonly { readonly raw: string; readonly receivedAt: number }[]): WardTruth['counts'] {
  const seen = new Set<string>()
  const n = new Map<string, number>()
  const add = (kind: string): void => void n.set(kind, (n.get(kind) ?? 0) + 1)
  for (const { raw, receivedAt } of lines) {
    const kind = brokenAs(raw)
    if (kind !== undefined) {
      add(kind)
      continue
    }
    if (seen.has(raw)) {
      add('duplicate')
      continue
    }
    seen.add(raw)
    add('reading')
    const reading = JSON.parse(raw)
    if (reading.temperatureUnit === '[degF]') add('fahrenheit')
    if (reading.spo2 > 100) add('impossible spo2')
    if (reading.temperatureUnit === 'Cel' && reading.temperature > 100) add('impossible temperature')
    if (reading.heartRate > 300) add('impossible heartRate')
    if (reading.spo2 === null) add('probe null')
    if (reading.spo2 === 0) add('probe zero')
    const time = typeof reading.time === 'string' ? Date.parse(reading.time) : reading.time
    if (time > receivedAt + HOUR) add('ahead')
    if (time < receivedAt - 24 * HOUR) add('behind')
  }
  const of = (kind: string): number => n.get(kind) ?? 0
  const tally = <K extends string>(counts: Record<K, number>): { total: number } & Record<K, number> => ({
    total: Object.values<number>(counts).reduce((sum, count) => sum + count, 0),
    ...counts,
  })
  return {
    lines: lines.length,
    readings: of('reading'),
    broken: tally({
      truncated: of('truncated'),
      garbage: of('garbage'),
      missingPatientId: of('missingPatientId'),
      unknownUnit: of('unknownUnit'),
    }),
    duplicates: of('duplicate'),
    unitConversions: of('fahrenheit'),
    impossibleValues: tally({
      spo2: of('impossible spo2'),
      temperature: of('impossible temperature'),
      heartRate: of('impossible heartRate'),
    }),
    wrongClock: tally({ ahead: of('ahead'), behind: of('behind') }),
    probeOff: tally({ null: of('probe null'), zero: of('probe zero') }),
    silentSeconds: 0,
    delayed: tally({ within: 0, beyond: 0, outage: 0 }),
  }
}

function brokenAs(raw: string): string | undefined {
  let line: { patientId?: string; temperatureUnit?: string }
  try {
    line = JSON.parse(raw)
  } catch {
    return raw.startsWith('{') ? 'truncated' : 'garbage'
  }
  if (line.patientId === undefined) return 'missingPatientId'
  return line.temperatureUnit === 'F?' ? 'unknownUnit' : undefined
}
