import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CrisisPlaces } from './crisis-job.ts'

export interface CrisisLife {
  readonly code: number | null
  readonly errors: string
  /** Records, of all lives, when it was last heard of. */
  readonly seen: number
  /** From SIGTERM to the last commit; infinity where it did not come to that. */
  readonly drainedMs: number
}

/** Runs the job in a process of its own until it has seen enough, and ends it by SIGTERM. */
export async function runCrisisJob(
  places: CrisisPlaces,
  drainMs: number,
  isEnough: (seen: number) => boolean,
): Promise<CrisisLife> {
  const script = join(import.meta.dirname, 'crisis-process.ts')
  const args = ['--conditions=@millrace/source', script, JSON.stringify(places), String(drainMs)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  let seen = 0
  let isEnding = false
  let drainedMs = Number.POSITIVE_INFINITY
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, word, figure] = /^(SEEN|DRAINED in) (\d+)/.exec(line) ?? []
    if (word === 'SEEN') {
      seen = Number(figure)
      if (!isEnding && isEnough(seen)) isEnding = child.kill('SIGTERM')
    } else if (word !== undefined) drainedMs = Number(figure)
  })
  try {
    const [code] = await once(child, 'close')
    return { code, errors, seen, drainedMs }
  } finally {
    child.kill('SIGKILL')
  }
}
