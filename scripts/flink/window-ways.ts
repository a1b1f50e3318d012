import { countEvictor, eventTimeTrigger, type Key, type WindowedStream } from '@millrace/core'
import type { Reading } from './flink-job.ts'

/** Has windows made by one of the operators that can make them. */
export type WindowWay = <K extends Key>(windows: WindowedStream<Reading, K>) => WindowedStream<Reading, K>

const MORE_THAN_THERE_ARE = 1_000_000

/** The operators that make windows: slices or sessions; the general one with accumulators; and with all records kept. */
export const windowWays: Readonly<Record<string, WindowWay>> = {
  fast: (windows) => windows,
  // A trigger that is not the windows' own, and does the same.
  general: (windows) => windows.trigger({ ...eventTimeTrigger() }),
  'all kept': (windows) => windows.evictor(countEvictor(MORE_THAN_THERE_ARE)),
}
