import { boundedOutOfOrderness, count, createEnvironment, mean, min, tumblingEventTimeWindows } from '@millrace/core'

const readings = [
  { patientId: 'p1', time: 0, heartRate: 72, spo2: 97 },
  { patientId: 'p1', time: 20_000, heartRate: 75, spo2: 96 },
  { patientId: 'p2', time: 21_000, heartRate: 88, spo2: 93 },
  { patientId: 'p1', time: 61_000, heartRate: 81, spo2: 91 },
  { patientId: 'p2', time: 59_000, heartRate: 90, spo2: 94 }, // out of order, and still in time
]

const env = createEnvironment()

env
  .fromArray(readings)
  .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
  .keyBy((r) => r.patientId)
  .window(tumblingEventTimeWindows('1m'))
  .aggregate({ heartRate: mean((r) => r.heartRate), lowest: min((r) => r.spo2), readings: count() })
  .print()

await env.execute()
