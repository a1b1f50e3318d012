// Splits and merges the shards of a stream while records flow through it into a job, and kills the job with SIGKILL, again and again; then
// holds what the job has written, exactly once, against what was put into the stream: each record once, by its sequence number, and those
// of a key in their order, from parents to children.
//
//   node --conditions=@millrace/source scripts/kinesis-reshard.ts [--records 100000] [--kills 10] [--reshards 5] [--seed 1]
//
// `--reshards` is how many splits there are, and how many merges. The last line is `N passed, N failed`.
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

const LIMIT_MS = 300_000
const SHARDS = 4
/** Rows of a request. */
const REQUEST = 500
const STREAM = 'rows'
const NEVER = /^(?!)/
const NEWLINE = 10

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '10' },
    reshards: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
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
try {
  const stream = await ReshardedStream.create(kinesis, STREAM, SHARDS, randomFrom(Number(options.seed) + 1))
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
  const requests = Number(options.records) / REQUEST
  const changes = 2 * Number(options.reshards)
  let changed = 0
  for (let request = 0; request < requests; request++) {
    // No faster than the job reads, so that it is killed and its shards change while records flow.
    while (stream.written.length > linesSoFar() + 2 * REQUEST * (requests / (kills + 1))) await sleep(20)
    if (changed < changes && request >= ((changed + 1) * requests) / (changes + 1)) {
      const writing = stream.write(REQUEST)
      await (changed % 2 === 0 ? stream.split() : stream.merge())
      await writing
      changed += 1
      console.log(`${changed % 2 === 1 ? 'split' : 'merged'} at row ${stream.written.length}`)
    } else await stream.write(REQUEST)
  }
  checks.add(`${changes} splits and merges (${changed})`, changed === changes)
}

async function killOnce(kill: number, stream: ReshardedStream): Promise<void> {
  const job = start()
  const before = linesSoFar()
  // One in four is killed before it has come far; the others when they have written some of what is there.
  if (random() < 0.25) await sleep(1_500 * random())
  else {
    await job.waitFor(/^STARTED$/, NEVER, LIMIT_MS)
    const goal = (Number(options.records) * (kill - 0.5 * random())) / (kills + 1)
    while (job.isRunning && linesSoFar() < goal && !(isWritten && linesSoFar() === stream.written.length))
      await sleep(10)
    await sleep(100 * random())
  }
  if (!job.isRunning) checks.add(`life ${kill} did not end by itself:\n${job.lines.slice(-20).join('\n')}`, false)
  await job.kill()
  console.log(`kill ${kill}: ${before} rows before, ${linesSoFar()} after; ${stream.written.length} in the stream`)
}

async function finish(stream: ReshardedStream): Promise<void> {
  const job = start()
  const limit = performance.now() + LIMIT_MS
  while (job.isRunning && linesSoFar() < stream.written.length && performance.now() < limit) await sleep(50)
  // What should not come would come now.
  await sleep(1_000)
  checks.add(`the last life goes on:\n${job.lines.slice(-20).join('\n')}`, job.isRunning)
  await job.kill()
}

function compare(stream: ReshardedStream): void {
  const seen = rowsSoFar()
  const { written } = stream
  const records = Number(options.records)
  checks.add(`${records} records were put (${written.length})`, written.length === records)
  const sequenceNumbers = new Set(seen.map(({ sequenceNumber }) => sequenceNumber))
  checks.add(`each record once (${seen.length} rows, ${sequenceNumbers.size} of them different)`, isWhole())
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
  console.log(`${seen.length} rows of ${shards.size} shards`)

  function isWhole(): boolean {
    return seen.length === written.length && written.every(({ sequenceNumber }) => sequenceNumbers.has(sequenceNumber))
  }
}

function start(): KillableJob {
  const program = [process.execPath, '--conditions=@millrace/source', 'scripts/kinesis-reshard-job.ts']
  running = new KillableJob(program, [kinesis.endpoint, STREAM, work])
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
