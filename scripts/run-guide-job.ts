import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GuideTrial } from './guide/trial.ts'

const POLL_MS = 100

/** What a job of the guide came to: its end in words, and a line for each thing that it left. */
export interface GuideResult {
  readonly end: 'the job has ended' | 'the job was stopped'
  readonly left: readonly string[]
}

/**
 * Runs `job.ts` of `folder` before what `trial` has started, and resolves when the job is gone. One without an end is told to stop when it
 * has left what is to be seen.
 *
 * Rejects where the job fails, has not come so far within `limitMs`, or `interrupt` is aborted; the job is gone then, too.
 */
export async function runGuideJob(
  { env, isComplete, left }: GuideTrial,
  folder: string,
  limitMs: number,
  interrupt: AbortSignal,
): Promise<GuideResult> {
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const child = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, ...credentials, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // A terminal interrupts the job as well; by a signal to this process alone it would go on.
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const stop = (): boolean => child.kill('SIGTERM')
  interrupt.addEventListener('abort', stop, { once: true })
  if (interrupt.aborted) stop()
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const ended = once(child, 'exit')
  try {
    const lines: string[] = []
    while (isComplete !== undefined && isRunning() && !interrupt.aborted) {
      lines.push(...(await left()))
      if (isComplete(lines)) {
        stop()
        const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
        if (code !== 0 && signal !== 'SIGTERM') throw new Error(`the job did not stop in order: ${code ?? signal}`)
        return { end: 'the job was stopped', left: lines }
      }
      await sleep(POLL_MS)
    }
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
    interrupt.throwIfAborted()
    if (signal === 'SIGKILL') throw new Error(`the job had not come to its result after ${limitMs / 1_000} s`)
    if (code !== 0) throw new Error(`the job ended with ${code ?? signal}`)
    return { end: 'the job has ended', left: [...lines, ...(await left())] }
  } finally {
    clearTimeout(late)
    interrupt.removeEventListener('abort', stop)
    child.kill('SIGKILL')
  }
}
