// Prints how long an alarm takes from the moment at which its reading was due: a job that runs live, on readings that come by the clock whether
// or not it keeps up. Exits with 1 where no alarm came, or readings were lost.
import { createEnvironment, monotonousTimestamps } from '@millrace/core'
import { fromObservable } from '@millrace/core/rxjs'
import { evaluateRules } from '@millrace/rules'
import { Observable } from 'rxjs'
import { eachSink } from '../../harness/each-sink.ts'
import { makeMix, type Reading } from '../mixed/mix.ts'

const A_SECOND = 10_000
const PATIENTS = 10_000
const READINGS_EACH = 10
/** Those of the first second are not counted: the compiler has not settled. */
const WARM = A_SECOND
const AIM_MS = 1

const { rules, readings } = makeMix(1_000, PATIENTS, READINGS_EACH).data
let startedAt = 0
let sent = 0

/** The readings by the clock: in each turn of the event loop all that are due by then. */
const paced = new Observable<Reading>((subscriber) => {
  startedAt = performance.now()
  const send = (): void => {
    const due = Math.min(readings.length, ((performance.now() - startedAt) * A_SECOND) / 1_000)
    while (sent < due) subscriber.next(readings[sent++] as Reading)
    if (sent < readings.length) setImmediate(send)
    else subscriber.complete()
  }
  send()
})

const placeOf = new Map(readings.map(({ patientId, time }, i) => [`${patientId} ${time}`, i]))
const latencies: number[] = []
const env = createEnvironment()
env
  .fromSource(fromObservable(paced, { overflow: 'fail', bufferSize: readings.length }), {
    id: 'readings',
    watermarks: monotonousTimestamps().timestamp((reading: Reading) => reading.time),
  })
  .keyBy((reading) => reading.patientId)
  .process(evaluateRules(rules))
  .sinkTo(
    eachSink(({ patientId, time, why }) => {
      const place = placeOf.get(`${patientId} ${time}`)
      // What a time has brought, and no reading, is due when the job's clock says so.
      if (place === undefined || place < WARM || why === undefined) return
      latencies.push(performance.now() - startedAt - (place * 1_000) / A_SECOND)
    }),
  )
await env.execute()

latencies.sort((a, b) => a - b)
const at = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Number.NaN
console.log(
  `  ${latencies.length.toLocaleString('en')} alarms: p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms, ` +
    `p99.9 ${at(0.999).toFixed(2)} ms (aim: p99 at ${AIM_MS} or less${at(0.99) > AIM_MS ? ', MISSED' : ''})`,
)
process.exitCode = latencies.length > 0 && sent === readings.length ? 0 : 1
