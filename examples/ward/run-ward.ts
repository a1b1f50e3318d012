import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lake, openLake } from '@millrace/connectors/lake'
import { fileStorage, type JobHandle, type JobResult, MillraceError, start } from '@millrace/core'
import { directoryInput } from './directory-input.ts'
import { generatedInput } from './generated-input.ts'
import { type GeneratedWard, generatedWard } from './generator/generated-ward.ts'
import type { LatenessOptions } from './generator/ward-truth.ts'
import { MAX_FUTURE_MS, wardJob } from './job.ts'
import type { WardCommand } from './options.ts'
import { showProgress } from './progress.ts'
import { alarmTable, countsText, table, tallyAlarms, truthTable } from './report.ts'
import { countsOf, type WardSummary } from './summary.ts'

/** Runs a ward from its input to the last line of its report. Resolves with the exit code. */
export async function runWard(command: WardCommand, out: NodeJS.WriteStream = process.stdout): Promise<number> {
  const say = (text: string): void => {
    out.write(`${text}\n`)
  }
  await prepareFolder(command)
  const finished = await readSummary(command.out)
  if (finished !== undefined) {
    say(`this run has finished already\n${countsText(finished.counts)}`)
    return 0
  }
  const generated = command.input === undefined ? generatedWard(command) : undefined
  const lake = await openLake({ directory: join(command.out, 'lake') })
  try {
    const result = await runJob(command, lake, generated, out)
    // A ward without an alarm has a file without a line.
    for (const file of ['alarms.ndjson', 'windows.ndjson']) await appendFile(join(command.out, file), '')
    const summary = summaryOf(command, result)
    await writeWhole(join(command.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
    say(`\n${alarmTable(await tallyAlarms(join(command.out, 'alarms.ndjson'), command.rules), summary)}\n`)
    say(countsText(summary.counts))
    const agrees = generated === undefined || (await compareWithTruth(command, generated, summary, say))
    say(`\n${await lowestSpo2(lake)}`)
    say(
      `\n${Math.round(summary.readingsPerSecond / 1_000)} k readings/s, ${summary.seconds.toFixed(1)} s, peak memory ${Math.round(summary.peakMemoryBytes / 2 ** 20)} MB; all of it is in ${command.out}`,
    )
    return agrees ? 0 : 1
  } finally {
    await lake.close()
  }
}

async function runJob(
  command: WardCommand,
  lake: Lake,
  generated: GeneratedWard | undefined,
  out: NodeJS.WriteStream,
): Promise<JobResult> {
  const job = wardJob({
    input:
      generated === undefined
        ? directoryInput(command.input as string, command.epochMs)
        : generatedInput(generated.source),
    rules: command.rules,
    window: command.windowMs,
    directory: command.out,
    lake,
  })
  const handle = start(job, {
    checkpoints: { every: command.checkpointMs, storage: fileStorage(join(command.out, 'checkpoints')) },
    clock: 'replay',
    ...(command.speed === undefined ? {} : { speed: command.speed }),
  })
  if (command.resume) void sayWhereFrom(handle, out)
  const progress = showProgress(handle, () => openAlarms(handle), out)
  try {
    return await handle.finished
  } finally {
    progress.stop()
  }
}

async function sayWhereFrom(handle: JobHandle, out: NodeJS.WriteStream): Promise<void> {
  while (handle.metrics().status === 'starting') await new Promise((resolve) => setImmediate(resolve))
  if (handle.metrics().status === 'failed') return
  const from = handle.resumedFrom
  out.write(
    from === undefined
      ? 'no checkpoint to resume from: starting from the beginning\n'
      : `resuming from checkpoint ${from.checkpointId}: ${from.records} records\n`,
  )
}

function openAlarms(handle: JobHandle): number {
  const counters = handle.metrics().steps.find((step) => step.id === 'alarm-rows')?.counters
  return (counters?.raised ?? 0) - (counters?.cleared ?? 0)
}

/** A folder of this run alone; with `--resume` also one with an earlier run of the same. */
async function prepareFolder({ out, resume }: WardCommand): Promise<void> {
  await mkdir(out, { recursive: true })
  if (resume || (await readdir(out)).length === 0) return
  throw new MillraceError(
    'CORE_OPTION_INVALID',
    `--out was '${out}', which is not empty: choose another, or add --resume`,
  )
}

async function readSummary(directory: string): Promise<WardSummary | undefined> {
  const file = join(directory, 'summary.json')
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as WardSummary) : undefined
}

function summaryOf(command: WardCommand, { metrics, resumedFrom }: JobResult): WardSummary {
  const counts = countsOf(metrics)
  const seconds = process.uptime()
  const resumedFromRecords = resumedFrom?.records ?? 0
  return {
    counts,
    readingsPerSecond: (metrics.recordsIn - resumedFromRecords) / seconds,
    seconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1_024,
    checkpoints: metrics.checkpoints.completed,
    resumedFromRecords,
    ruleVersion: command.rules.version,
    windowMs: command.windowMs,
  }
}

async function compareWithTruth(
  command: WardCommand,
  generated: GeneratedWard,
  summary: WardSummary,
  say: (text: string) => void,
): Promise<boolean> {
  const lateness: LatenessOptions = {
    windowMs: command.windowMs,
    outOfOrdernessMs: 5_000,
    maxFutureMs: MAX_FUTURE_MS,
    idleAfterMs: 60_000,
  }
  const truth = generated.truth(lateness)
  await writeWhole(join(command.out, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`)
  const { text, agrees } = truthTable(truth, summary.counts)
  say(`\n${text}`)
  return agrees
}

async function lowestSpo2(lake: Lake): Promise<string> {
  const rows = await lake.query<{ patientId: string; worst: number; at: string; readings: number }>`
    select patientId, min(spo2) as worst, strftime(arg_min(time, spo2), '%Y-%m-%d %H:%M:%S') as at, count(*)::double as readings
    from curated.vitals where spo2 > 0 group by patientId order by worst, patientId limit 5`
  const cells = rows.map(({ patientId, worst, at, readings }) => [patientId, String(worst), at, String(readings)])
  return `lowest SpO2 by SQL over the lake\n${table(['patient', '%', 'at', 'readings'], cells)}`
}

/** Whole or not at all, also after a crash. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.tmp`, text)
  await rename(`${file}.tmp`, file)
}
