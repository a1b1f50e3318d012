import { keyedProcess, mean, valueState } from '@millrace/core'
import { through, tumblingWindow } from '@millrace/core/rxjs'
import { from } from 'rxjs'

interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
}

const readings$ = from<Reading[]>([
  { patientId: 'p1', time: 0, heartRate: 60 },
  { patientId: 'p1', time: 30_000, heartRate: 80 },
  { patientId: 'p1', time: 61_000, heartRate: 130 },
  { patientId: 'p1', time: 62_000, heartRate: 131 },
])

readings$
  .pipe(
    tumblingWindow({
      size: '1m',
      key: (r) => r.patientId,
      timestamp: (r) => r.time,
      maxDelay: '5s',
      aggregate: { heartRate: mean((r) => r.heartRate) },
    }),
  )
  .subscribe(console.log)

/** Says so when a patient's heart rate was over 120 twice in a row. */
const twiceInARow = keyedProcess<Reading, string>()({
  state: { wasHigh: valueState<boolean>() },
  processRecord(reading, ctx) {
    const isHigh = reading.heartRate > 120
    if (isHigh && ctx.state.wasHigh.get() === true) ctx.emit(`${ctx.key}: twice in a row, at ${reading.time} ms`)
    ctx.state.wasHigh.set(isHigh)
  },
})

readings$.pipe(through((stream) => stream.keyBy((r) => r.patientId).process(twiceInARow))).subscribe(console.log)
