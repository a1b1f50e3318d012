import { createEnvironment } from '@millrace/core'
import { expect, inject, it } from 'vitest'
import { clientConfig } from '../../test/aws/client-config.ts'
import { createTable, itemsOf } from '../../test/aws/dynamodb-table.ts'
import { dynamoDbSink } from './sink.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
}

const READINGS = 100_000
const PATIENTS = 500

/** Numbers from 0 on and below 1 that follow from the seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const next = random(seed)
  const all = [...values]
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1))
    const held = all[at] as T
    all[at] = all[other] as T
    all[other] = held
  }
  return all
}

it('holds the newest by event time of each key: 100,000 readings out of order, twice over, from two writers at once', async () => {
  const { dynamoDb } = inject('aws')
  const table = 'millrace-latest-value'
  await createTable(dynamoDb, table)
  const next = random(7)
  // All times differ, so that one reading is the newest.
  const readings: Reading[] = Array.from({ length: READINGS }, (_, time) => ({
    patientId: `p-${Math.floor(next() * PATIENTS)}`,
    time,
    heartRate: 40 + Math.floor(next() * 100),
  }))
  const counts = { written: 0, older: 0, superseded: 0 }
  const write = async (seed: number): Promise<void> => {
    const all = shuffled(readings, seed)
    const env = createEnvironment()
    env.fromArray(all).sinkTo(
      dynamoDbSink<Reading>({
        table,
        key: (r) => r.patientId,
        newestBy: (r) => r.time,
        config: clientConfig(dynamoDb),
        // So few wait that most keys are written many times over.
        maxBufferedBytes: 20_000,
      }),
      { id: 'latest' },
    )
    const { metrics } = await env.execute()
    const counters = Object.values(metrics.steps).find(({ id }) => id === 'latest')?.counters ?? {}
    counts.older += counters.older ?? 0
    counts.superseded += counters.superseded ?? 0
    counts.written += all.length - (counters.older ?? 0) - (counters.superseded ?? 0)
  }
  const begun = performance.now()
  await Promise.all([write(11), write(23)])
  const seconds = (performance.now() - begun) / 1_000

  const newest = new Map<string, Reading>()
  for (const reading of readings) {
    const known = newest.get(reading.patientId)
    if (known === undefined || reading.time > known.time) newest.set(reading.patientId, reading)
  }
  const items = await itemsOf(dynamoDb, table)
  const expected = [...newest.values()].map((reading) => ({
    ...reading,
    id: reading.patientId,
    eventTime: reading.time,
  }))
  const byId = (a: { id?: unknown }, b: { id?: unknown }): number => String(a.id).localeCompare(String(b.id))
  expect(items.toSorted(byId)).toEqual(expected.toSorted(byId))
  console.log(
    `${2 * READINGS} readings by two writers in ${seconds.toFixed(1)} s: ${counts.written} written, ${counts.older} older than what was there, ${counts.superseded} superseded while they waited`,
  )
})
