import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '@millrace/connectors/lake'
import { boundedOutOfOrderness, createEnvironment } from '@millrace/core'

const start = Date.UTC(2026, 0, 1)
const readings = Array.from({ length: 6 * 60 }, (_, minute) => ({
  patientId: `p${1 + (minute % 3)}`,
  time: start + minute * 60_000,
  // The second hour is bad for all of them; it is not among those asked for below.
  spo2: 98 - 2 * (minute % 3) - (minute % 5) - (minute >= 60 && minute < 120 ? 10 : 0),
}))

const directory = await mkdtemp(join(tmpdir(), 'lake-'))
const lake = await openLake({ directory })

const env = createEnvironment()
env
  .fromArray(readings)
  .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
  .sinkTo(
    lake.curated('vitals', {
      columns: { patientId: 'VARCHAR', time: 'TIMESTAMP_MS', spo2: 'DOUBLE' },
      partitionTime: 'time',
    }),
    { id: 'vitals' },
  )
await env.execute()

// Only the hours asked for are read: the hour is the folder that they stand in.
const from = new Date(start + 2 * 3_600_000)
const to = new Date(start + 4 * 3_600_000)
const rows = await lake.query<{ patientId: string; worst: number }>`
  select patientId, min(spo2) as worst from curated.vitals where hour >= ${from} and hour < ${to}
  group by patientId order by worst, patientId limit 10`
console.table(rows)

await lake.close()
await rm(directory, { recursive: true })
