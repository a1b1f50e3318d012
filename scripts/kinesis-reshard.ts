// Splits and merges the shards of a stream while records flow through it into a job, and kills the job with SIGKILL, again and again; then
// holds what the job has written, exactly once, against what was put into the stream: each record once, by its sequence number, and those
// of a key in their order, from parents to children.
//
//   node --conditions=@millrace/source scripts/kinesis-reshard.ts [--records 100000] [--kills 10] [--reshards 5] [--seed 1]
//        [--aggregate 1]
//
// `--reshards` is how many splits there are, and how many merges; with `--aggregate 23` each record of Kinesis holds 23 of a key, put
// together by Amazon's library, and some lives have to go on in the middle of one. The last line is `N passed, N failed`.
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LocalKinesis } from '../packages/connectors/test/kinesis/local-kinesis.ts'
import { type NumberedRow, ReshardedStream } from '../packages/connectors/test/kinesis/resharded-stream.ts'
import { Checks } from './kafka-kill/checks.ts'
import { KillableJob } from './killable-job.ts'
import { randomFrom } from './random-from.ts'

interface WrittenRow extends NumberedRow {
  readonly sequenceNumber: string
  readonly shardId: string
}

const LIMIT_MS = 60_000
const SHARDS = 4
const STREAM = 'rows'
const NEWLINE = 10

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '10' },
    reshards: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    aggregate: { type: 'string', default: '1' },
  },
})
const random = randomFrom(Number(options.seed))
const work = mkdtempSync(join(tmpdir(), 'millrace-kinesis-reshard-'))
const path = join(work, 'rows.ndjson')
const chunk = Buffer.alloc(1024 * 1024)
const counted = { bytes: 0, lines: 0 }
const kinesis = await LocalKinesis.start()
const checks = new Checks()
const begunAt = performance.now()
const kills = Number(options.kills)
let isWritten = false
let running: KillableJob | undefined
/** Shards, over all lives, that were gone on with in the middle of an aggregate. */
let inside = 0
try {
  const shardsAt = randomFrom(Number(options.seed) + 1)
  const stream = await ReshardedStream.create(kinesis, STREAM, SHARDS, shardsAt, Number(options.aggregate))
  const writing = writeAll(stream).finally(() => {
    isWritten = true
  })
  for (let kill = 1; kill <= kills; kill++) await killOnce(kill, stream)
  await writing
  await finish(stream)
  compare(stream)
} catch (error) {
  checks.add(`the run came to its end: ${String(error)}`, false)
} finally {
  await running?.kill()
  await kinesis.close()
  rmSync(work, { recursive: true, force: true })
}
console.log(`${((performance.now() - begunAt) / 1_000).toFixed(0)} s, seed ${options.seed}`)
checks.report()

/** In as many stretches as there are kills, each beside a life of the job; splits and merges between them, in turn. */
async function writeAll(stream: ReshardedStream): Promise<void> {
  const requests = Math.ceil(Number(options.records) / stream.rowsOfRequest)
  const changes = 2 * Number(options.reshards)
  let changed = 0
  for (let request = 0; request < requests; request++) {
    // No faster than the job reads, so that it is killed and its shards change while records flow.
    while (stream.written.length > linesSoFar() + 2 * stream.rowsOfRequest * (requests / (kills + 1))) await sleep(20)
    if (changed < changes && request >= ((changed + 1) * requests) / (changes + 1)) {
      const writing = stream.write()
      await (changed % 2 === 0 ? stream.split() : stream.merge())
      await writing
      changed += 1
      console.log(`${changed % 2 === 1 ? 'split' : 'merged'} at row ${stream.written.length}`)
    } else await stream.write()
  }
  checks.add(`${changes} splits and merges (${changed})`, changed === changes)
}

async function killOnce(kill: number, stream: ReshardedStream): Promise<void> {
  const job = start()
  const before = linesSoFar()
  // One in four is killed before it has come far; the others when they have written some of what is there.
  if (random() < 0.25) await sleep(1_500 * random())
  else {
    const isOver = (): boolean => !job.isRunning || (isWritten && linesSoFar() === stream.written.length)
    // Where the last life has read all there is, there is no record for this one to start with.
    while (!isOver() && !job.lines.includes('STARTED')) await sleep(10)
    const goal = (Number(options.records) * (kill - 0.5 * random())) / (kills + 1)
    while (!isOver() && linesSoFar() < goal) await sleep(10)
    await sleep(100 * random())
  }
  if (!job.isRunning) checks.add(`life ${kill} did not end by itself:\n${job.lines.slice(-20).join('\n')}`, false)
  await endLife(job)
  console.log(`kill ${kill}: ${before} rows before, ${linesSoFar()} after; ${stream.written.length} in the stream`)
}

async function finish(stream: ReshardedStream): Promise<void> {
  const job = start()
  const limit = performance.now() + LIMIT_MS
  while (job.isRunning && linesSoFar() < stream.written.length && performance.now() < limit) await sleep(50)
  // What should not come would come now.
  await sleep(1_000)
  checks.add(`the last life goes on:\n${job.lines.slice(-20).join('\n')}`, job.isRunning)
  await endLife(job)
}

async function endLife(job: KillableJob): Promise<void> {
  await job.kill()
  inside += job.lines.filter((line) => line === 'INSIDE').length
}

function compare(stream: ReshardedStream): void {
  const seen = rowsSoFar()
  const { written } = stream
  checks.add(`${options.records} rows were put (${written.length})`, written.length >= Number(options.records))
  const numbers = new Set(seen.map(({ n }) => n))
  const isWhole = seen.length === written.length && numbers.size === written.length
  checks.add(`each row once (${seen.length}, ${numbers.size} of them different)`, isWhole)
  const sequenceNumbers = new Set(seen.map(({ sequenceNumber }) => sequenceNumber))
  const records = written.length / Number(options.aggregate)
  checks.add(`each sequence number (${sequenceNumbers.size} of ${records})`, sequenceNumbers.size === records)
  const wrong = seen.filter(({ n, ...row }) => {
    const put = written[n]
    return put?.sequenceNumber !== row.sequenceNumber || put.shardId !== row.shardId
  })
  checks.add(`each from where it was put (${wrong.length} are not)`, wrong.length === 0)
  const last = new Map<string, number>()
  let passed = 0
  for (const { key, n } of seen) {
    if (n <= (last.get(key) ?? -1)) passed += 1
    last.set(key, n)
  }
  checks.add(`the order of each key (${passed} of ${last.size} keys' rows have been passed)`, passed === 0)
  const shards = new Set(seen.map(({ shardId }) => shardId))
  const expected = SHARDS + 3 * Number(options.reshards)
  checks.add(`rows of more shards than there were (${shards.size} of ${expected})`, shards.size > SHARDS)
  if (Number(options.aggregate) > 1) checks.add(`lives that go on inside of an aggregate (${inside})`, inside > 0)
  console.log(`${seen.length} rows of ${shards.size} shards; went on inside of an aggregate ${inside} times`)
}

function start(): KillableJob {
  const program = [process.execPath, '--conditions=@millrace/source', 'scripts/kinesis-reshard-job.ts']
  running = new KillableJob(program, [kinesis.endpoint, STREAM, work, Number(options.aggregate) > 1 ? '0.05' : '0'])
  return running
}

/** Counts what has come since it was asked last: the file is asked after often, and only grows. */
function linesSoFar(): number {
  if (!existsSync(path)) return 0
  const file = openSync(path, 'r')
  for (let bytes = 1; bytes > 0; counted.bytes += bytes) {
    bytes = readSync(file, chunk, 0, chunk.length, counted.bytes)
    for (let at = 0; at < bytes; at++) if (chunk[at] === NEWLINE) counted.lines += 1
  }
  closeSync(file)
  return counted.lines
}

function rowsSoFar(): WrittenRow[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as WrittenRow)
}
