import { type Reading, readingsOf } from '../../core/sliding/readings.ts'

export interface LookBackData {
  readonly readings: readonly Reading[]
  readonly lastMs: number
}

/** A thousand patients, a reading each second, out of order within the bound; each looks back over some `rows` readings. */
export function lookingBackOver(rows: number): { data: LookBackData; events: number } {
  const readings = readingsOf(1_000, 600_000)
  return { data: { readings, lastMs: rows * 1_000 }, events: readings.length }
}
