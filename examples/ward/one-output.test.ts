import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '@millrace/connectors/lake'
import { fixedDelayRestart, type JobResult, start } from '@millrace/core'
import { crashingSource } from '@millrace/core/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generatedInput } from './generated-input.ts'
import { generatedWard } from './generator/generated-ward.ts'
import { wardJob } from './job.ts'
import { parseCommand } from './options.ts'
import { compareRuns } from './oracles/compare-runs.ts'
import { countsOf } from './summary.ts'

// The ward as `npm start` has it, files and lake and all, with another batch size and with crashes in its source: one output.

let folder: string
let calm: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-'))
  calm = (await runWard('calm', 1_024, [])).directory
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function runWard(
  name: string,
  batchSize: number,
  crashesAfter: readonly number[],
): Promise<{ directory: string; result: JobResult }> {
  const directory = join(folder, name)
  await mkdir(directory)
  const command = parseCommand(['--patients', '4', '--duration', '10m', '--seed', '7', '--out', directory])
  if (command === 'help') throw new Error('help was asked for')
  const lake = await openLake({ directory: join(directory, 'lake') })
  try {
    const input = crashingSource(generatedInput(generatedWard(command).source), crashesAfter)
    const job = wardJob({ input, rules: command.rules, window: command.windowMs, directory, lake })
    const result = await start(job, {
      batchSize,
      checkpoints: { everyRecords: 150 },
      restart: fixedDelayRestart(crashesAfter.length, 0),
      clock: 'replay',
    }).finished
    writeFileSync(join(directory, 'summary.json'), JSON.stringify({ counts: countsOf(result.metrics) }))
    return { directory, result }
  } finally {
    await lake.close()
  }
}

it('the calm run has alarms and windows to compare', async () => {
  for (const file of ['alarms.ndjson', 'windows.ndjson'])
    expect((await readFile(join(calm, file), 'utf8')).split('\n').length).toBeGreaterThan(5)
})

for (const batchSize of [1, 7, 1_024]) {
  for (const crashes of [0, 1, 5]) {
    it(`batches of ${batchSize}, ${crashes} crashes`, async () => {
      const at = Array.from({ length: crashes }, (_, i) => 300 + 450 * i)
      const { directory, result } = await runWard(`${batchSize}-${crashes}`, batchSize, at)
      expect(result.metrics.restarts).toBe(crashes)
      expect((await compareRuns(calm, directory)).filter(({ differing }) => differing > 0)).toEqual([])
    })
  }
}
