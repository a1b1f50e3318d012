import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { boundedOutOfOrderness, createEnvironment } from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import { compareRows, type Row } from './compare-rows.ts'
import type { FlinkJob, Reading } from './flink-job.ts'
import { OUT_OF_ORDERNESS_MS } from './readings.ts'
import { SqlSession } from './sql-gateway.ts'
import { type WindowWay, windowWays } from './window-ways.ts'

// The first one takes longest, until Flink has loaded its planner.
const JOB_LIMIT_MS = 150_000

export interface JobOutcome {
  readonly verdict: 'equal' | 'different' | 'broken'
  /** What was run, and what differs, in a line or a few. */
  readonly text: string
}

/** Runs a job there and here on the same rows, and holds the results against each other: an outcome for each way it runs here. */
export async function runJob(
  job: FlinkJob,
  gateway: string,
  work: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, JobOutcome>>> {
  const startedAt = performance.now()
  const rowsIn = job.readings.length + (job.others?.length ?? 0)
  const ways = Object.entries(windowWays).slice(0, job.everyWay ? undefined : 1)
  const outcomes: Record<string, JobOutcome> = {}
  try {
    const there = await runThere(job, gateway, work, AbortSignal.any([signal, AbortSignal.timeout(JOB_LIMIT_MS)]))
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    for (const [name, way] of ways) {
      const here = await runHere(job, way)
      const run = `${rowsIn} rows in, ${here.late} late, ${here.rows.length} rows out`
      const difference = firstDifference(job, there, here)
      outcomes[job.everyWay ? `${job.name} (${name})` : job.name] =
        difference === undefined
          ? { verdict: 'equal', text: `${run}, equal (${seconds} s there)` }
          : { verdict: 'different', text: `${run}, ${difference}` }
    }
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    outcomes[job.name] = { verdict: 'broken', text: `${rowsIn} rows in: ${reason}` }
  }
  return outcomes
}

function firstDifference(job: FlinkJob, there: readonly Row[], here: ResultHere): string | undefined {
  const { equal, onlyThere, onlyHere, differing } = compareRows(there, here.rows, job.near)
  if (equal < there.length || equal < here.rows.length) {
    return [
      `${there.length} in Flink: ${onlyThere.length} only there, ${onlyHere.length} only here, ${differing.length} differ`,
      ...onlyThere.slice(0, 2).map((row) => `    only in Flink ${JSON.stringify(row)}`),
      ...onlyHere.slice(0, 2).map((row) => `    only here     ${JSON.stringify(row)}`),
      ...differing.slice(0, 2).map((pair) => `    Flink, here   ${JSON.stringify(pair)}`),
    ].join('\n')
  }
  // Equal, and yet saying nothing.
  if (equal === 0) return 'which shows nothing'
  if (here.late > 0 !== job.hasLate) return `and there were to be ${job.hasLate ? 'some' : 'none'} late`
  return undefined
}

interface ResultHere {
  readonly rows: readonly Row[]
  readonly late: number
}

async function runHere(job: FlinkJob, way: WindowWay): Promise<ResultHere> {
  const env = createEnvironment({ name: job.name })
  const watermarks = boundedOutOfOrderness(OUT_OF_ORDERNESS_MS).timestamp((reading: Reading) => reading.at)
  const readings = env.fromArray(job.readings, { watermarks })
  const others = job.others === undefined ? readings : env.fromArray(job.others, { watermarks })
  const rows: Row[] = []
  job.here(readings, others, way).sinkTo(intoArray(rows))
  const { metrics } = await env.execute()
  return { rows, late: metrics.late }
}

async function runThere(job: FlinkJob, gateway: string, work: string, signal: AbortSignal): Promise<Row[]> {
  const session = await SqlSession.open(
    gateway,
    {
      'execution.runtime-mode': 'streaming',
      'table.local-time-zone': 'UTC',
      // The watermark follows each row, as it does here. Else it follows the clock of the machine, and what is late is chance.
      'pipeline.auto-watermark-interval': '0 ms',
      ...job.settings,
    },
    signal,
  )
  try {
    for (const [table, readings] of Object.entries({ readings: job.readings, others: job.others ?? [] })) {
      const folder = join(work, 'rows', job.name.replaceAll(/\W+/g, '-'), table)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'rows.json'), readings.map((reading) => `${JSON.stringify(reading)}\n`).join(''))
      await session.execute(createTable(table, folder))
    }
    return await session.execute(job.sql, { updates: job.updates ?? false })
  } finally {
    await session.close()
  }
}

/** `boundedOutOfOrderness(d)` is a millisecond further behind than SQL's `ts - d`: it waits for the whole of the newest one. */
function createTable(table: string, folder: string): string {
  const behind = ((OUT_OF_ORDERNESS_MS + 1) / 1_000).toFixed(3)
  return `CREATE TEMPORARY TABLE ${table} (
    patient STRING, kind STRING, amount DOUBLE, \`count\` BIGINT, \`at\` BIGINT,
    ts AS TO_TIMESTAMP_LTZ(\`at\`, 3),
    WATERMARK FOR ts AS ts - INTERVAL '${behind}' SECOND
  ) WITH ('connector' = 'filesystem', 'path' = 'file://${folder}', 'format' = 'json')`
}

function intoArray(rows: Row[]): Sink<Row> {
  return {
    kind: 'array',
    delivery: 'at-least-once',
    open: () => ({
      write(values) {
        for (const row of values) rows.push(row)
      },
    }),
  }
}
