import { boundedOutOfOrderness, count, createEnvironment, mean, min } from '@millrace/core'

// A saturation monitor sends some messages twice, and not always in order.
const messages = [
  { bed: 'bed-1', id: 1, time: 0, spo2: 97 },
  { bed: 'bed-1', id: 2, time: 60_000, spo2: 95 },
  { bed: 'bed-2', id: 1, time: 61_000, spo2: 99 },
  { bed: 'bed-1', id: 2, time: 60_000, spo2: 95 },
  { bed: 'bed-1', id: 4, time: 240_000, spo2: 88 },
  { bed: 'bed-1', id: 3, time: 200_000, spo2: 92 },
  { bed: 'bed-2', id: 2, time: 330_000, spo2: 98 },
  { bed: 'bed-1', id: 5, time: 360_000, spo2: 94 },
]

const env = createEnvironment()

const rolling = env
  .fromArray(messages)
  .assignTimestamps((m) => m.time, boundedOutOfOrderness('1m'))
  // What is compared is the key: a bed and the number of its message.
  .keyBy((m) => `${m.bed}/${m.id}`)
  .deduplicate({ keep: 'first', within: '10m' })
  .keyBy((m) => m.bed)
  .over({ last: '5m' })
  .aggregate({ mean: mean((m) => m.spo2), lowest: min((m) => m.spo2), readings: count() })

for (const { value, mean, lowest, readings } of await rolling.executeAndCollect()) {
  console.log(
    `${value.bed} at ${value.time / 1_000} s: ${value.spo2} %, last 5 min: mean ${mean?.toFixed(1)}, lowest ${lowest}, of ${readings}`,
  )
}
