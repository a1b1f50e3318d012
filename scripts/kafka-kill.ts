// Kills a job with SIGKILL, again and again, that reads Kafka, makes windows and alarms, and writes them to Kafka, exactly once; and
// holds what a reader of committed records sees (Apache's own, in a JVM) against what the input says: each result once, in order.
//
//   node --conditions=@millrace/source scripts/kafka-kill.ts [--kills 20] [--zombies 4] [--seed 1] [--client platformatic|kafkajs]
//        [--broker-kills 0] [--keep]
//
// Half of the kills are aimed between the preparation of a checkpoint and its commit. A zombie is stopped by SIGSTOP, and let loose
// when its successor has gone on for some checkpoints: it has to end by itself, and nothing that it writes may ever be seen.
// With --broker-kills the broker is killed as well, as often, beside kills of the job. The last line is `N passed, N failed`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KafkaBroker } from '../packages/connectors/test/kafka/kafka-broker.ts'
import { KafkaTopics } from '../packages/connectors/test/kafka/kafka-topics.ts'
import { type Isolation, KafkaWitness } from '../packages/connectors/test/kafka/kafka-witness.ts'
import { Checks } from './kafka-kill/checks.ts'
import { compareOutputs } from './kafka-kill/compare-outputs.ts'
import { Feed } from './kafka-kill/feed.ts'
import { type LeftBehind, leftBehind } from './kafka-kill/left-behind.ts'
import { aimOf, MOMENTS, type Moment, ZOMBIE_MOMENTS } from './kafka-kill/moments.ts'
import { KillReadings, PARTITIONS } from './kafka-kill/readings.ts'
import { DURABLE, FAILED, LINGER_MS, type LifeSettings, STARTED, STARTING } from './kafka-kill/settings.ts'
import { KillableJob } from './killable-job.ts'
import { randomFrom } from './random-from.ts'

const LIMIT_MS = 120_000
/** About what a life takes from its first line to its first record. */
const RECOVERY_MS = 500
const NEVER = /^(?!)/
/** Event time is of years ago. */
const KEPT = { 'retention.ms': '-1' }

interface Kill extends LeftBehind {
  readonly moment: Moment
  readonly livedMs: number
}

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    zombies: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    client: { type: 'string', default: 'platformatic' },
    'broker-kills': { type: 'string', default: '0' },
    keep: { type: 'boolean', default: false },
  },
})
const random = randomFrom(Number(options.seed))
const work = mkdtempSync(join(tmpdir(), 'millrace-kafka-kill-'))
const checkpoints = join(work, 'checkpoints')
const begunAt = performance.now()
const kills: Kill[] = []
const checks = new Checks()
/** Checkpoints that the lives went on from, of all but the first. */
const startsAt: number[] = []
let lives = 0
/** What the last life that was killed has left; the next goes on from it. */
let newest = 0

const brokerKills = Number(options['broker-kills'])
const broker = await KafkaBroker.start({
  ...(options.keep ? { folder: join(work, 'kafka') } : {}),
  ...(brokerKills > 0 ? { sessionTimeoutMs: 3_000 } : {}),
})
const topics = await KafkaTopics.open(broker.bootstrap)
const witness = await KafkaWitness.start(broker.bootstrap)
const names = {
  input: await topics.create('readings', PARTITIONS, KEPT),
  windows: await topics.create('windows', 3, KEPT),
  alarms: await topics.create('alarms', 3, KEPT),
}
const feed = new Feed(topics, names.input, new KillReadings(randomFrom(Number(options.seed) + 1)))
const running = new Set<KillableJob>()
try {
  const brokerKillEvery = brokerKills > 0 ? Math.max(1, Math.floor(Number(options.kills) / brokerKills)) : Infinity
  while (kills.length < Number(options.kills)) {
    const killingBroker = (kills.length + 1) % brokerKillEvery === 0 ? killBroker() : undefined
    await killOnce(MOMENTS[kills.length % MOMENTS.length] as Moment)
    await killingBroker
  }
  for (let n = 0; n < Number(options.zombies); n++) await letLooseAZombie(n)
  await finish()
  await compareOutputs(witness, names, [...feed.written.values()], checks)
  const open = Object.entries(await witness.transactions()).filter(([id, state]) => isOurs(id) && state === 'Ongoing')
  checks.add(`no transaction is left open (${open.length})`, open.length === 0)
} catch (error) {
  checks.add(`the run came to its end: ${String(error)}`, false)
} finally {
  for (const job of running) await job.kill()
  await feed.end().catch(() => {})
  await witness.close()
  await topics.close()
  await broker.close()
  if (options.keep) console.log(`kept ${work}`)
  else rmSync(work, { recursive: true, force: true })
}
report()

/** At some moment of the life that begins now. */
async function killBroker(): Promise<void> {
  await sleep(3_000 * random())
  await broker.kill()
  console.log('the broker is killed')
  await broker.restart()
  console.log('the broker is back')
}

async function killOnce(moment: Moment): Promise<void> {
  const aim = aimOf(moment)
  const job = start(aim?.lingers)
  const startedAt = performance.now()
  if (moment === 'starting') {
    await job.waitFor(STARTING, NEVER, LIMIT_MS)
    await sleep(RECOVERY_MS * random())
  } else {
    await hasStarted(job)
    await says(job, DURABLE, 1 + Math.floor(4 * random()))
    if (aim === undefined) await sleep(600 * random())
    else {
      await says(job, aim.line)
      // The other sink has a moment for its commit; and now and then the life has taken its time already.
      await sleep(moment === 'committing' ? 8 : random() < 0.3 ? LINGER_MS * random() : 0)
    }
  }
  if (!job.isRunning) checks.add(`life ${lives} did not end by itself:\n${job.lines.slice(-20).join('\n')}`, false)
  await job.kill()
  if (moment === 'starting') noteStart(job)
  const left = await whatIsLeft()
  kills.push({ moment, livedMs: Math.round(performance.now() - startedAt), ...left })
  console.log(
    `kill ${kills.length}: ${moment} after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, checkpoint ${left.checkpoint}: ` +
      `${left.prepared} of its transactions prepared, ${left.committed} committed; ${left.open} open without a checkpoint`,
  )
}

/** Stops a life in one of these moments, lets its successor go on, and wakes it up. */
async function letLooseAZombie(n: number): Promise<void> {
  const moment = ZOMBIE_MOMENTS[n % ZOMBIE_MOMENTS.length] as Moment
  const aim = aimOf(moment)
  const zombie = start(aim?.lingers)
  const life = lives
  await hasStarted(zombie)
  if (moment === 'starting') {
    // It has the checkpoints, and its sinks take what the life before has left.
    await sleep(RECOVERY_MS * random())
  } else {
    await says(zombie, DURABLE)
    await says(zombie, aim?.line ?? DURABLE)
    if (aim === undefined) await sleep(200)
  }
  zombie.signal('SIGSTOP')
  const left = await whatIsLeft()
  const successor = start(undefined)
  await hasStarted(successor)
  await says(successor, DURABLE, 4)
  const before = await recordsOf(life)
  zombie.signal('SIGCONT')
  await zombie.next(NEVER, LIMIT_MS)
  const code = zombie.isRunning ? undefined : (await zombie.exited).code
  const said = zombie.lines.map((line) => line.match(FAILED)?.[1]).find((found) => found !== undefined)
  await says(successor, DURABLE, 2)
  const after = await recordsOf(life)
  console.log(
    `zombie ${n + 1}: stopped ${moment} at checkpoint ${left.checkpoint} (${left.prepared} prepared, ${left.open} open), let loose: ` +
      `ended with code ${code}, ${said}; its records before ${before.join(' + ')}, after ${after.join(' + ')}`,
  )
  checks.add(
    `zombie ${n + 1} ends by itself (${said})`,
    code === 1 && said?.startsWith('CORE_CHECKPOINT_TAKEN') === true,
  )
  checks.add(`zombie ${n + 1} writes nothing`, before.join() === after.join())
  if (!checks.add(`the successor of zombie ${n + 1} goes on`, successor.isRunning))
    console.log(successor.lines.slice(-20).join('\n'))
  await successor.kill()
}

/** How many records of that life are in the topics: committed, and not. */
async function recordsOf(life: number): Promise<number[]> {
  const counts: number[] = []
  for (const topic of [names.windows, names.alarms]) {
    for (const isolation of ['read_committed', 'read_uncommitted'] satisfies Isolation[]) {
      const records = await witness.read(topic, isolation)
      counts.push(records.filter(({ headers }) => headers.some(([, value]) => String(value) === String(life))).length)
    }
  }
  return counts
}

/** Lets the last life come to the end of the input. */
async function finish(): Promise<void> {
  const job = start(undefined)
  await hasStarted(job)
  await feed.end()
  const stopped = await job.waitFor(/^stopped after (\d+) records$/, NEVER, LIMIT_MS)
  checks.add(
    `the last life read all ${feed.records} records, each once (${stopped?.[1]})`,
    Number(stopped?.[1]) === feed.records,
  )
  if (stopped === undefined) console.log(job.lines.slice(-20).join('\n'))
  else await job.exited
  await job.kill()
}

function report(): void {
  const of = (moment: Moment): Kill[] => kills.filter((kill) => kill.moment === moment)
  const rows = MOMENTS.filter((moment, index) => MOMENTS.indexOf(moment) === index).map((moment) => ({
    moment,
    kills: of(moment).length,
    'left prepared': of(moment).filter(({ prepared }) => prepared > 0).length,
    'half committed': of(moment).filter(({ prepared, committed }) => prepared > 0 && committed > 0).length,
    'left open': of(moment).filter(({ open }) => open > 0).length,
  }))
  console.table(rows)
  const aimed = kills.filter(({ moment }) => aimOf(moment) !== undefined)
  const hit = aimed.filter(({ prepared }) => prepared > 0).length
  checks.add(
    `of ${aimed.length} aimed kills ${hit} left a prepared transaction: a quarter at least`,
    hit * 4 >= aimed.length,
  )
  console.log(
    `${kills.length} kills in ${((performance.now() - begunAt) / 1_000).toFixed(0)} s, ${lives} lives, ${startsAt.length} of them from a checkpoint, ` +
      `the last from ${startsAt.at(-1) ?? 0}; ${feed.records} records`,
  )
  checks.report()
}

function start(lingers: LifeSettings['lingers']): KillableJob {
  lives += 1
  const settings: LifeSettings = {
    life: lives,
    brokers: broker.bootstrap,
    ...names,
    checkpoints,
    client: options.client as LifeSettings['client'],
    lingers,
  }
  const job = new KillableJob(
    [process.execPath, '--conditions=@millrace/source', join(import.meta.dirname, 'kafka-kill-job.ts')],
    [JSON.stringify(settings)],
  )
  running.add(job)
  void job.exited.finally(() => running.delete(job))
  return job
}

function isOurs(transactionalId: string): boolean {
  return transactionalId.startsWith(names.windows) || transactionalId.startsWith(names.alarms)
}

async function whatIsLeft(): Promise<LeftBehind> {
  const left = await leftBehind(checkpoints, witness, isOurs)
  newest = left.checkpoint
  return left
}

/** Waits for such a line, or several; a life that is silent for so long has failed. */
async function says(job: KillableJob, pattern: RegExp, times = 1): Promise<void> {
  for (let n = 0; n < times && job.isRunning; n++) {
    if ((await job.next(pattern, LIMIT_MS)) !== undefined || !job.isRunning) continue
    throw new Error(`life ${lives} did not say ${pattern} for ${LIMIT_MS} ms:\n${job.lines.slice(-20).join('\n')}`)
  }
}

async function hasStarted(job: KillableJob): Promise<void> {
  await job.waitFor(STARTED, NEVER, LIMIT_MS)
  noteStart(job)
}

/** A life goes on from the checkpoint that was the newest at its start. */
function noteStart(job: KillableJob): void {
  const match = job.lines.map((line) => line.match(STARTED)).find((found) => found !== null)
  if (match === null || match === undefined) return
  const checkpoint = Number(match[1] ?? 0)
  if (match[1] !== undefined) startsAt.push(checkpoint)
  if (checkpoint < newest) checks.add(`life ${lives} went on from checkpoint ${newest}, not ${checkpoint}`, false)
}
