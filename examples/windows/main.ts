import {
  boundedOutOfOrderness,
  calendarWindows,
  count,
  createEnvironment,
  cumulativeCalendarWindows,
  max,
  outputTag,
  tumblingEventTimeWindows,
} from '@millrace/core'

const HOUR = 3_600_000

interface Alarm {
  readonly ward: string
  readonly time: number
}

// An alarm every three quarters of an hour, through the weekend on which clocks in Berlin go forward; one comes very late.
const first = Date.UTC(2026, 2, 27, 23)
const alarms: Alarm[] = Array.from({ length: 72 }, (_, i) => ({ ward: 'icu', time: first + i * 0.75 * HOUR }))
alarms.push({ ward: 'icu', time: first + HOUR })

const late = outputTag<Alarm>('late')
const local = (time: number) =>
  new Date(time).toLocaleString('en-GB', {
    timeZone: 'Europe/Berlin',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })

const env = createEnvironment()
const timed = env.fromArray(alarms).assignTimestamps((a) => a.time, boundedOutOfOrderness('10m'))
const icu = timed.keyBy((a) => a.ward)

// A day as clocks show it: Sunday has 23 hours.
const days = icu
  .window(calendarWindows('day', { timeZone: 'Europe/Berlin' }))
  .sideOutputLateData(late)
  .aggregate({ alarms: count() })
const dayLines = days.map(
  ({ window, alarms: n }) => `day of ${(window.end - window.start) / HOUR} h from ${local(window.start)}: ${n}`,
)
const lateLines = days.getSideOutput(late).map((alarm) => `came too late: ${local(alarm.time)}`)

// So far today, each eight hours.
const soFarLines = icu
  .window(cumulativeCalendarWindows('day', '8h', { timeZone: 'Europe/Berlin' }))
  .aggregate({ alarms: count() })
  .map(({ window, alarms: n }) => `by ${local(window.end)}: ${n}`)

// Windows of windows: the busiest hour of each day that begins at 06:00 UTC.
const busiestLines = icu
  .window(tumblingEventTimeWindows('1h'))
  .aggregate({ alarms: count() })
  .windowAll(tumblingEventTimeWindows('1d', { offset: '6h' }))
  .aggregate({ busiest: max((hour) => hour.alarms) })
  .map(({ window, busiest }) => `until ${new Date(window.end).toISOString()}: at most ${busiest} in an hour`)

dayLines.union(lateLines, soFarLines, busiestLines).print()

await env.execute()
