import type { FlinkJob } from './flink-job.ts'
import { atTheBoundary, atTheLastMoment, lateForSome } from './jobs/at-the-boundary.ts'
import { before1970 } from './jobs/before-1970.ts'
import { calendarDays, calendarHours } from './jobs/calendar.ts'
import { cumulate } from './jobs/cumulate.ts'
import { deduplicate } from './jobs/deduplicate.ts'
import { distinct } from './jobs/distinct.ts'
import { filtered } from './jobs/filtered.ts'
import { hop } from './jobs/hop.ts'
import { hopUneven } from './jobs/hop-uneven.ts'
import { overRange } from './jobs/over-range.ts'
import { overRows } from './jobs/over-rows.ts'
import { quantiles } from './jobs/quantiles.ts'
import { refire } from './jobs/refire.ts'
import { session } from './jobs/session.ts'
import { spread } from './jobs/spread.ts'
import { topPerWindow } from './jobs/top-per-window.ts'
import { tumble } from './jobs/tumble.ts'
import { tumbleOffset } from './jobs/tumble-offset.ts'
import { unionAll } from './jobs/union-all.ts'
import { watermark } from './jobs/watermark.ts'
import { windowOverWindow } from './jobs/window-over-window.ts'

/** What `npm run test:flink` runs, in this order. */
export const flinkJobs: readonly FlinkJob[] = [
  watermark,
  atTheBoundary,
  lateForSome,
  atTheLastMoment,
  tumble,
  tumbleOffset,
  before1970,
  hop,
  hopUneven,
  cumulate,
  calendarDays,
  calendarHours,
  session,
  refire,
  windowOverWindow,
  unionAll,
  filtered,
  spread,
  distinct,
  quantiles,
  topPerWindow,
  overRange,
  overRows,
  deduplicate,
]
