import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStorage } from '@millrace/core'
import type { Run } from '../../harness/benchmark.ts'
import type { ReadingsTopic } from '../readings.ts'
import { dropTopic, freshTopic } from '../topics.ts'
import { readResults } from '../window-results.ts'
import { windowsJob } from './windows-job.ts'

export const run: Run<ReadingsTopic> = async (input, clock) => {
  const output = await freshTopic('results')
  const checkpoints = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const { env, isAll } = windowsJob(input, output, () => clock.start())
  const job = env.executeAsync({ checkpoints: { every: '1s', storage: fileStorage(checkpoints) } })
  await Promise.race([isAll, job.finished])
  await job.stop()
  clock.stop()
  rmSync(checkpoints, { recursive: true })
  const outcome = await readResults(output)
  await dropTopic(output)
  return outcome
}
