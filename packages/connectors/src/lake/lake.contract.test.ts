import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sinkContract } from '@millrace/core/connector'
import { describe, it } from 'vitest'
import { openLake } from './lake.ts'

describe('sink of a curated table', () => {
  const cases = sinkContract({
    create: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'millrace-lake-'))
      const lake = await openLake({ directory, memoryLimit: '256MB', threads: 1 })
      return {
        sink: lake.curated('vitals', {
          columns: { n: 'INTEGER', patientId: 'VARCHAR', heartRate: 'DOUBLE', time: 'TIMESTAMP_MS' },
        }),
        read: () => lake.query`select n, patientId, heartRate, time from curated.vitals`,
        seenAs: (row) => ({ ...row, time: new Date(row.time as number), heartRate: row.heartRate ?? null }),
        dispose: async () => {
          await lake.close()
          await rm(directory, { recursive: true, force: true })
        },
      }
    },
    record: (n) => ({ n, patientId: `p${n % 3}`, heartRate: n % 4 === 0 ? undefined : n / 3, time: n * 60_000 }),
  })
  for (const { name, run } of cases) it(name, run)
})
