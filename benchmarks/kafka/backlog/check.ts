// 5 M readings that wait in a topic, read at full speed through windows into another, exactly once. After each million: the rate, what
// is held once what can go has gone, and what the metrics say of the rest. Memory has to be flat, and the lag and its time gone at the end.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryUsage } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { platformatic } from '@millrace/connectors/kafka'
import { fileStorage, type JobHandle } from '@millrace/core'
import { heldBytes } from '../../harness/held-bytes.ts'
import { windowsJob } from '../loop/windows-job.ts'
import { readingsTopic, windowsOf } from '../readings.ts'
import { dropTopic, freshTopic } from '../topics.ts'
import { readResults } from '../window-results.ts'

const MILLION = 1_000_000
const READINGS = 5 * MILLION
const LOOK_EVERY_MS = 10
const MIB = 1024 ** 2
/** What may be held more at any later million than at the first, in MiB: a few answers of brokers more or less. */
const MOST_GROWTH = { held: 32, rss: 96 }

const { data: input } = await readingsTopic(platformatic(), READINGS)
const output = await freshTopic('backlog')
const checkpoints = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
const job = windowsJob(input, output)
const begunAt = performance.now()
const running = job.env.executeAsync({ checkpoints: { every: '1s', storage: fileStorage(checkpoints) } })
const samples: Sample[] = []
for (let at = MILLION; at <= READINGS; at += MILLION) samples.push(await sampleAt(at))
await Promise.race([job.isAll, running.finished])
const rate = READINGS / (performance.now() - begunAt)
const left = await lagAtEnd(running)
const { metrics } = await running.stop()
const outcome = await readResults(output)
await dropTopic(output)
rmSync(checkpoints, { recursive: true })

const grown = { held: growth(samples.map(({ held }) => held)), rss: growth(samples.map(({ rss }) => rss)) }
console.log(`    ${(rate / 1000).toFixed(3)} M readings/s, ${metrics.checkpoints.completed} checkpoints`)
console.log(
  `    ${outcome.results.toLocaleString('en')} results of ${windowsOf(READINGS).toLocaleString('en')}, each once`,
)
console.log(`    most above the first million: held ${mebibytes(grown.held)}, of ${MOST_GROWTH.held} allowed;`)
console.log(`      rss ${mebibytes(grown.rss)}, of ${MOST_GROWTH.rss} allowed`)
console.log(`    in the end: lag ${left.lag}, lagMs ${left.lagMs}`)
const isFlat = grown.held <= MOST_GROWTH.held * MIB && grown.rss <= MOST_GROWTH.rss * MIB
const isAll = outcome.results === windowsOf(READINGS) && left.lag === 0 && left.lagMs === 0
if (!isFlat || !isAll) process.exitCode = 1

interface Sample {
  readonly held: number
  readonly rss: number
}

async function sampleAt(records: number): Promise<Sample> {
  const startedAt = performance.now()
  const before = running.metrics().recordsIn
  while (running.metrics().recordsIn < records) {
    await Promise.race([pause(LOOK_EVERY_MS), running.finished])
  }
  const rate = (running.metrics().recordsIn - before) / (performance.now() - startedAt)
  const { rss } = memoryUsage()
  const held = heldBytes()
  const { lag, lagMs } = lagOf(running)
  console.log(
    `    ${records / MILLION} M: ${(rate / 1000).toFixed(3)} M/s, held ${mebibytes(held)}, rss ${mebibytes(rss)}, ` +
      `lag ${lag.toLocaleString('en')}, lagMs ${lagMs.toLocaleString('en')}`,
  )
  return { held, rss }
}

/** All is read when the last windows are written; the gauges are set with the next answer of a broker. */
async function lagAtEnd(job: JobHandle): Promise<{ readonly lag: number; readonly lagMs: number }> {
  for (let look = 0; look < 200; look++) {
    if (lagOf(job).lag === 0) break
    await pause(LOOK_EVERY_MS)
  }
  return lagOf(job)
}

function lagOf(job: JobHandle): { readonly lag: number; readonly lagMs: number } {
  const { lag = Number.NaN, lagMs = Number.NaN } =
    job.metrics().steps.find(({ kind }) => kind === 'kafka')?.gauges ?? {}
  return { lag, lagMs }
}

function growth(values: readonly number[]): number {
  return Math.max(...values) - (values[0] as number)
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`
}
