import { mkdir, open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

const ATTEMPT = /^attempt-(\d{9})$/
/** Others who take the folder at the same time. */
const TRIES = 1_000

/**
 * Takes a folder of checkpoints for a new attempt, by giving it another name:
 *
 * ```
 *   state/attempt-000000007/checkpoint-000000000041   ──►   state/attempt-000000008/checkpoint-000000000041
 * ```
 *
 * That is one step, which one of several comes to. Whoever knows the folder by its old name can neither put a file there nor take one
 * away, in whatever it was interrupted. Resolves with the new name.
 */
export async function takeAttemptFolder(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  for (let tries = 1; ; tries++) {
    const newest = await newestAttempt(directory)
    try {
      if (newest > 0) return await retakeAttemptFolder(directory, nameOf(newest))
      await mkdir(join(directory, nameOf(1)))
      await flushFolder(directory)
      return nameOf(1)
    } catch (error) {
      // Another was quicker.
      if (!isFileError(error, 'ENOENT', 'EEXIST') || tries === TRIES) throw error
    }
  }
}

/** The same for one who has it under that name. Rejects with ENOENT where another has taken it. */
export async function retakeAttemptFolder(directory: string, name: string): Promise<string> {
  const next = nameOf(numberOf(name) + 1)
  await rename(join(directory, name), join(directory, next))
  await flushFolder(directory)
  return next
}

/** The name of the folder that was taken last; `undefined` where none was. */
export async function attemptFolder(directory: string): Promise<string | undefined> {
  const newest = await newestAttempt(directory)
  return newest === 0 ? undefined : nameOf(newest)
}

/** Makes names durable that were made, changed or removed in a folder. */
export async function flushFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function isFileError(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

async function newestAttempt(directory: string): Promise<number> {
  return Math.max(0, ...(await readdir(directory)).map(numberOf))
}

function nameOf(attempt: number): string {
  return `attempt-${String(attempt).padStart(9, '0')}`
}

function numberOf(name: string): number {
  return Number(ATTEMPT.exec(name)?.[1] ?? 0)
}
