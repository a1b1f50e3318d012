// npm run test:flink [NAME...]: runs jobs in a real Flink, by its SQL, and here, on the same rows, and holds the results against
// each other; all jobs, or those whose name has a NAME in it.
//
// Flink's jars come by pip and Maven, once. Needs java 17, python3 with venv, and mvn: without them all is skipped, and fails
// where CI=true. Nothing listens but on 127.0.0.1, and nothing is left running.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlinkCluster, lastLogLines } from './flink/flink-cluster.ts'
import { flinkJobs } from './flink/flink-jobs.ts'
import { installFlink, missingPrograms } from './flink/install-flink.ts'
import { runJob } from './flink/run-job.ts'

const names = process.argv.slice(2)
const jobs = flinkJobs.filter((job) => names.length === 0 || names.some((name) => job.name.includes(name)))
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => interrupted.abort(new Error(`interrupted by ${name}`)))
}

const missing = await missingPrograms()
if (missing.length === 0) {
  await compareAll(interrupted.signal)
} else {
  const must = process.env.CI === 'true'
  console.log(`${must ? 'FAILED' : 'SKIPPED'}: no Flink was asked, for this machine lacks ${missing.join(', ')}`)
  finish(0, must ? jobs.length : 0, must ? 0 : jobs.length)
}

async function compareAll(signal: AbortSignal): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-flink-'))
  let cluster: FlinkCluster | undefined
  let passed = 0
  let failed = 0
  try {
    const began = performance.now()
    const flink = await installFlink(signal)
    const installed = performance.now()
    cluster = await FlinkCluster.start(flink, work, signal)
    const took = [installed - began, performance.now() - installed].map((ms) => (ms / 1_000).toFixed(1))
    console.log(`Flink: found or installed in ${took[0]} s, started in ${took[1]} s`)
    let isBroken = false
    for (const job of jobs) {
      for (const [name, { verdict, text }] of Object.entries(await runJob(job, cluster.gateway, work, signal))) {
        if (verdict === 'equal') passed += 1
        else failed += 1
        if (verdict === 'broken') isBroken = true
        console.log(`${verdict === 'equal' ? 'ok    ' : 'FAILED'} ${name}: ${text}`)
      }
    }
    if (isBroken) console.log(lastLogLines(work, 20))
  } catch (error) {
    failed += 1
    const reason: unknown = signal.aborted ? signal.reason : error
    console.log(reason instanceof Error ? reason.message : reason)
    if (!signal.aborted) console.log(lastLogLines(work, 40))
  } finally {
    await cluster?.stop()
    rmSync(work, { recursive: true, force: true })
  }
  finish(passed, failed, 0)
}

function finish(passed: number, failed: number, skipped: number): void {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed > 0 || jobs.length === 0 ? 1 : 0
}
