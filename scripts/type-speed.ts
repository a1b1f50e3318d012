// npm run types:speed [STEPS...]: how long a user's compiler takes for a job of so many chained steps, over the declarations that
// are published. Prints seconds; asserts only that the job's types are right.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(root, 'node_modules/.bin/tsc')
const ROUNDS = 3

/** A job of `steps` steps in one chain, of the kinds that jobs are made of. No annotation anywhere. */
function chainedJob(steps: number): string {
  const kinds = [
    '.filter((r) => r.spo2 > 0)',
    '.map((r) => ({ ...r, rise: r.heartRate - 60 }))',
    '.flatMap((r) => [r, { ...r, heartRate: r.heartRate + 1 }])',
    '.assignTimestamps((r) => r.time, boundedOutOfOrderness("5s"))',
    `.keyBy((r) => r.patientId)
    .window(tumblingEventTimeWindows('1m'))
    .aggregate({ heartRate: mean((r) => r.heartRate), spo2: min((r) => r.spo2), readings: count() })
    .map((r) => ({ patientId: r.key, time: r.window.end, heartRate: r.heartRate ?? 0, spo2: r.spo2 ?? 0 }))`,
  ]
  const chain: string[] = []
  // The last kind is a window and a map: two steps.
  for (let step = 0; step < steps; step++) {
    const kind = step % 6
    if (kind < 5) chain.push(kinds[kind] as string)
  }
  return `import { boundedOutOfOrderness, count, createEnvironment, mean, min, tumblingEventTimeWindows } from '@millrace/core'
const env = createEnvironment()
const results = env
  .fromArray([{ patientId: 'p1', time: 0, heartRate: 72, spo2: 97 }])
  .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'))
  ${chain.join('\n  ')}
export const last: Promise<{ readonly patientId: string; readonly time: number; readonly heartRate: number; readonly spo2: number }[]> =
  results.executeAndCollect()
`
}

function compile(folder: string, file: string): { ok: boolean; output: string; seconds: number } {
  const started = performance.now()
  const { status, stdout } = spawnSync(
    tsc,
    [
      ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--module', 'nodenext'],
      ...['--target', 'es2024', '--extendedDiagnostics', '--pretty', 'false', '--ignoreConfig', file],
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  return { ok: status === 0, output: stdout, seconds: (performance.now() - started) / 1_000 }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

function diagnostic(output: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)?.[1])
}

const asked = process.argv.slice(2).map(Number)
const sizes = [0, ...(asked.length === 0 ? [10, 100] : asked)]
const folder = mkdtempSync(join(tmpdir(), 'types-'))
try {
  if (spawnSync(tsc, ['-b', 'packages/core'], { cwd: root, stdio: 'inherit' }).status !== 0)
    throw new Error('core does not build')
  mkdirSync(join(folder, 'node_modules/@millrace'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(root, 'packages/core'), join(folder, 'node_modules/@millrace/core'))
  let failed = 0
  for (const steps of sizes) {
    const file = `job-${steps}.ts`
    writeFileSync(join(folder, file), chainedJob(steps))
    const runs = Array.from({ length: ROUNDS }, () => compile(folder, file))
    const [first] = runs
    if (first?.ok !== true) {
      failed += 1
      process.stdout.write(`${first?.output}\n`)
    }
    const whole = median(runs.map((run) => run.seconds))
    const check = median(runs.map((run) => diagnostic(run.output, 'Check time')))
    process.stdout.write(
      `${String(steps).padStart(4)} steps: ${whole.toFixed(2)} s for the whole process, ${check.toFixed(2)} s of it checking types (median of ${ROUNDS})\n`,
    )
  }
  process.stdout.write(`${sizes.length - failed} passed, ${failed} failed, 0 skipped\n`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
