import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  boundedOutOfOrderness,
  count,
  createEnvironment,
  mean,
  min,
  type TimeWindow,
  tumblingEventTimeWindows,
} from '@millrace/core'
import { describe, expect, expectTypeOf, it } from 'vitest'

describe('the documented examples print what they say', () => {
  for (const name of ['first-job', 'rxjs-windows', 'rules', 'silence', 'windows', 'look-back', 'lake-sql', 'kinesis']) {
    it(name, () => {
      const folder = join(import.meta.dirname, name)
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        ['--conditions=@millrace/source', join(folder, 'main.ts')],
        { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } },
      )
      expect(stderr.replace(/^\(node.*|^\(Use .*/gm, '').trim()).toBe('')
      expect(status).toBe(0)
      expect(stdout).toBe(readFileSync(join(folder, 'expected.txt'), 'utf8'))
    })
  }
})

it('infers the result of the first job', () => {
  const readings = [{ patientId: 'p1', time: 0, heartRate: 72, spo2: 97 }]
  const results = createEnvironment()
    .fromArray(readings)
    .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
    .keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
    .aggregate({ heartRate: mean((r) => r.heartRate), lowest: min((r) => r.spo2), readings: count() })
    .executeAndCollect()
  expectTypeOf(results).resolves.items.toEqualTypeOf<{
    readonly key: string
    readonly window: TimeWindow
    readonly heartRate: number | undefined
    readonly lowest: number | undefined
    readonly readings: number
  }>()
})
