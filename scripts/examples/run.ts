import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Example } from './find.ts'
import type { Report } from './worker.ts'

const TIMEOUT_MS = 60_000

interface Task {
  readonly path: string
  readonly example: Example
}

/** Runs the modules, several in one process and as many processes as there are cores. Returns one text a failure. */
export async function runExamples(tasks: readonly Task[]): Promise<string[]> {
  const queue = [...tasks]
  const failures: string[] = []
  const lane = async (): Promise<void> => {
    let child: ChildProcess | undefined
    for (let task = queue.shift(); task; task = queue.shift()) {
      child ??= startWorker()
      const report = await runOne(child, task)
      // A process that an example has brought down, or that hangs, serves no other.
      if (!report.alive) child = undefined
      const told = verdict(task.example, report)
      if (told) failures.push(`${task.example.file}:${task.example.line} ${told}`)
    }
    child?.kill()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return failures.sort()
}

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, 'worker.ts'), {
    execArgv: ['--conditions=@millrace/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Each example runs in an empty folder of its own. */
function runOne(child: ChildProcess, task: Task): Promise<Report & { alive: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-example-'))
  return new Promise((resolve) => {
    const finish = (report: Report, alive: boolean): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      if (!alive) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
      resolve({ ...report, alive })
    }
    const timer = setTimeout(
      () => finish({ output: '', error: `is still running after ${TIMEOUT_MS / 1000} s` }, false),
      TIMEOUT_MS,
    )
    child.on('message', (report: Report) => finish(report, true))
    child.on('exit', (code, signal) => finish({ output: '', error: `ended its process: ${signal ?? code}` }, false))
    child.send({ path: task.path, folder })
  })
}

function verdict(example: Example, report: Report): string | undefined {
  if (report.error) return `failed\n${report.error}`
  if (example.prints !== undefined && report.output.trimEnd() !== example.prints.trimEnd()) {
    return `prints something else than the fence below it says:\n${report.output}`
  }
  return undefined
}
