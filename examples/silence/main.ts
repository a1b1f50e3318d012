import { boundedOutOfOrderness, createEnvironment, keyedProcess, minutes, valueState } from '@millrace/core'

interface Reading {
  readonly patientId: string
  readonly time: number
}

interface Silence {
  readonly kind: 'silent'
  readonly patientId: string
  readonly since: number | undefined
}

const silence = keyedProcess<Reading, Silence>()({
  state: { lastSeen: valueState<number>() },
  processRecord(reading, ctx) {
    ctx.state.lastSeen.set(reading.time)
    ctx.timers.processingTime.replace('silence', ctx.now() + minutes(2)) // the job's clock
  },
  onTimer(_timer, ctx) {
    ctx.emit({ kind: 'silent', patientId: ctx.key, since: ctx.state.lastSeen.get() })
  },
})

// p1 says nothing for three minutes; p2 goes on, and with its readings the clock of the replay.
const readings: Reading[] = [
  { patientId: 'p1', time: 0 },
  { patientId: 'p2', time: 30_000 },
  { patientId: 'p2', time: 90_000 },
  { patientId: 'p2', time: 150_000 },
  { patientId: 'p1', time: 180_000 },
]

const env = createEnvironment()
env
  .fromArray(readings)
  .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
  .keyBy((r) => r.patientId)
  .process(silence)
  .print()

await env.execute()
