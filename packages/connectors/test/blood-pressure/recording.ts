import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pressure } from './crisis-job.ts'

/** Where the recording is, and whether it is at hand. */
export const RECORDING: string = join(process.env.MILLRACE_DATA ?? '../shared/data', 'seeds/blood_pressure')
export const hasRecording: boolean = existsSync(RECORDING)

/** Its rows, and behind them what it has none of: limits met exactly, missed narrowly, and values that were not measured. */
export function pressures(): Pressure[] {
  const lines = readdirSync(RECORDING)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(RECORDING, name), 'utf8').trimEnd().split('\n'))
  return [...lines.map((line) => JSON.parse(line) as Pressure), ...EDGES]
}

const EDGES: readonly Pressure[] = (
  [
    [200, 119.999],
    [199.999, 120],
    [199.999, 119.999],
    [null, 120],
    [200, null],
    [null, 119],
    [199, null],
    [null, null],
    [0, 0],
  ] as const
).map(([systolic, diastolic], index) => ({ id: `edge-${index}`, systolic, diastolic }))
