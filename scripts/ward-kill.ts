// Kills the ward with SIGKILL at random moments, resumes it each time, and holds what it leaves behind against an
// uninterrupted run: alarms and windows line by line, the lake's tables row by row, the summary's counts.
//
//   node --conditions=@millrace/source scripts/ward-kill.ts [--kills 5] [--patients 6] [--duration 6h] [--checkpoint 250ms]
//        [--seed 1] [--command "npm start --"] [--keep]
//
// The whole of it: --kills 50 --patients 24 --duration 1d --checkpoint 1s. Ends non-zero where the outputs differ, where a
// resumed run does not go on from where its last checkpoint stood, where fewer than four kills of five fall between the
// first completed checkpoint and the end, or none leaves a commit half done.
import { existsSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { compareRuns, filesIn, PENDING } from '../examples/ward/oracles/compare-runs.ts'
import { KillableJob } from './killable-job.ts'
import { randomFrom } from './random-from.ts'
import { RESUMING, wardCommand } from './ward-job.ts'

/** Files that change in a commit only. */
const COMMITTED = /^(alarms|windows)\.ndjson$|^lake\/(?!\.pending\/).*\.parquet$/
const CHECKPOINT = /\/checkpoint-(\d+)$/
/** A file of the lake that waits for its checkpoint, which has the number. */
const WAITING = /^lake\/\.pending\/[^/]+\/[^/]+\/(\d+)[-/]/
/** Every how many kills one waits for a commit. */
const COMMIT_EVERY = 3
const START_LIMIT_MS = 120_000

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '5' },
    patients: { type: 'string', default: '6' },
    duration: { type: 'string', default: '6h' },
    checkpoint: { type: 'string', default: '250ms' },
    seed: { type: 'string', default: '1' },
    command: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const kills = Number(options.kills)
const random = randomFrom(Number(options.seed))
const work = mkdtempSync(join(tmpdir(), 'millrace-ward-kill-'))

interface Kill {
  readonly run: string
  readonly when: 'anywhere' | 'in a commit'
  /** Ms from when the run had started to work. */
  readonly afterMs: number
  readonly pendingFiles: number
  /** A checkpoint was complete, and not all of its files were in place. */
  readonly cutCommit: boolean
  /** Where the next run went on; `undefined`: from the beginning. */
  resumedFrom?: { readonly checkpoint: number; readonly records: number }
}

const done: Kill[] = []
const problems: string[] = []
try {
  const whole = join(work, 'whole')
  const startedAt = performance.now()
  await start(whole, false).succeed()
  const wholeMs = performance.now() - startedAt
  console.log(`uninterrupted: ${(wholeMs / 1_000).toFixed(1)} s`)

  // On average each run gets its share of the work, and time enough for a checkpoint.
  const meanMs = Math.max(wholeMs / (kills + 1), 400)
  const folders: string[] = []
  while (done.length < kills) {
    const folder = join(work, `killed-${folders.length + 1}`)
    folders.push(folder)
    await killAndResume(folder, meanMs)
  }
  console.table(done)
  for (const folder of folders) {
    const comparison = await compareRuns(whole, folder)
    console.table(comparison)
    for (const { what, differing } of comparison) if (differing > 0) problems.push(`${what}: ${differing} differ`)
  }
  const between = done.filter(({ resumedFrom }) => resumedFrom !== undefined).length
  const inCommit = done.filter(({ cutCommit }) => cutCommit).length
  console.log(`${kills} kills, ${between} between the first checkpoint and the end, ${inCommit} in a commit`)
  // Where so few fall is chance, and the load of the machine: asked of the whole of it, told of a small one.
  if (kills >= 20 && between < kills * 0.8)
    problems.push(`${between} of ${kills} kills fell after the first checkpoint`)
  if (kills >= 20 && inCommit === 0) problems.push('no kill left a commit half done')
} finally {
  if (options.keep) console.log(`kept ${work}`)
  else rmSync(work, { recursive: true, force: true })
}
for (const problem of problems) console.log(problem)
console.log(problems.length === 0 ? 'all equal' : `${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

/** Kills and resumes one run until there have been kills enough, or it has come to its end; lets it end then. */
async function killAndResume(folder: string, meanMs: number): Promise<void> {
  let last: Kill | undefined
  for (;;) {
    const ward = start(folder, last !== undefined)
    try {
      if (last !== undefined) await checkResumed(ward, last)
      // One kill may come before there is any checkpoint. Half of the others come after a new one, so that the work goes on.
      const isFirst = checkpointsOf(folder).length === 0
      if (done.length > 0 && (isFirst || random() < 0.5)) await newCheckpoint(ward, folder)
      if (done.length === kills || !(await waitForMoment(ward, folder, meanMs))) {
        await ward.succeed()
        await start(folder, true).succeed()
        return
      }
      const next = done.length % COMMIT_EVERY === COMMIT_EVERY - 1 ? 'in a commit' : 'anywhere'
      const afterMs = Math.round(ward.runningMs)
      await ward.kill()
      const pendingFiles = filesIn(folder).filter((file) => PENDING.test(file)).length
      last = { run: basename(folder), when: next, afterMs, pendingFiles, cutCommit: isCommitCut(folder) }
      done.push(last)
    } finally {
      await ward.kill()
    }
  }
}

/** Waits for a random moment, or for the first sign of a commit after one. False: the run came to its end before. */
async function waitForMoment(ward: KillableJob, folder: string, meanMs: number): Promise<boolean> {
  const inCommit = done.length % COMMIT_EVERY === COMMIT_EVERY - 1
  await Promise.race([sleep(random() * 2 * meanMs), ward.exited])
  if (!inCommit || !ward.isRunning) return ward.isRunning
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file !== null && COMMITTED.test(file)) end()
    })
    const end = (): void => {
      watcher.close()
      resolve()
    }
    void ward.exited.then(end, end)
  })
  return ward.isRunning
}

/** Reads where the run goes on, and holds it against where it went on before. */
async function checkResumed(ward: KillableJob, killed: Kill): Promise<void> {
  const match = await ward.waitFor(RESUMING, /starting from the beginning/, START_LIMIT_MS)
  if (match === undefined) {
    // The kill came after the run had finished: then this one prints its summary, and has nothing to go on with.
    if (!ward.isRunning) return ward.succeed()
    const earlier = done.find(({ run, resumedFrom }) => run === killed.run && resumedFrom !== undefined)
    if (earlier !== undefined) problems.push(`${killed.run} began again although it had a checkpoint`)
    return
  }
  const [checkpoint = 0, records = 0] = match.slice(1).map((digits) => Number(digits.replaceAll(/\D/g, '')))
  killed.resumedFrom = { checkpoint, records }
  if (!(records > 0)) problems.push(`${killed.run} resumed at ${records} records`)
  const before = done.filter(({ run }) => run === killed.run).at(-2)?.resumedFrom
  if (before !== undefined && records < before.records) problems.push(`${killed.run} went back to ${records} records`)
}

async function newCheckpoint(ward: KillableJob, folder: string): Promise<void> {
  const newest = Math.max(0, ...checkpointsOf(folder))
  while (ward.isRunning && Math.max(0, ...checkpointsOf(folder)) <= newest) {
    await Promise.race([sleep(5), ward.exited])
  }
}

function checkpointsOf(folder: string): number[] {
  const checkpoints = join(folder, 'checkpoints')
  const files = existsSync(checkpoints) ? readdirSync(checkpoints, { recursive: true, encoding: 'utf8' }) : []
  return files.flatMap((file) => CHECKPOINT.exec(file)?.slice(1).map(Number) ?? [])
}

function isCommitCut(folder: string): boolean {
  const newest = Math.max(...checkpointsOf(folder))
  return filesIn(folder).some((file) => Number(WAITING.exec(file)?.[1] ?? Number.NaN) <= newest)
}

function start(folder: string, resume: boolean): KillableJob {
  const { patients, duration, checkpoint, seed } = options
  const args = ['--patients', patients, '--duration', duration, '--checkpoint', checkpoint, '--seed', seed]
  return new KillableJob(wardCommand(options.command), [...args, '--out', folder, ...(resume ? ['--resume'] : [])])
}
