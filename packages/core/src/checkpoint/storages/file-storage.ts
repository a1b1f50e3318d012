import { existsSync } from 'node:fs'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MillraceError } from '../../errors.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { checkpointBytes, checkpointOf } from '../checkpoint-bytes.ts'
import type { CheckpointStorage, TakenStorage } from '../checkpoint-storage.ts'
import { attemptFolder, flushFolder, isFileError, retakeAttemptFolder, takeAttemptFolder } from './attempt-folder.ts'

export interface FileStorageOptions {
  /** How many of the newest checkpoints stay. Default 3, at least 1. */
  readonly keep?: number
}

const NAME = /^checkpoint-\d{12}$/
const TEMPORARY = /^\.checkpoint-\d{12}\.tmp$/
const READ_TRIES = 1_000

/**
 * Keeps checkpoints as files, one a file (see `checkpointBytes`).
 *
 * A checkpoint is written under a temporary name and flushed, then renamed, then the folder is flushed: after a crash it is
 * there whole or not at all. One job a folder. The files stand in a folder of the attempt that writes them, which the next one renames:
 * of two processes that run the same job, the one that started last goes on.
 */
export function fileStorage(directory: string, options: FileStorageOptions = {}): CheckpointStorage {
  const keep = options.keep ?? 3
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new MillraceError('CORE_OPTION_INVALID', `fileStorage's keep was ${keep}; it is a whole number of 1 or more`)
  }
  return {
    kind: 'file',
    latest: () => readLatest(directory),
    async take() {
      try {
        return await takenFolder(directory, await takeAttemptFolder(directory), keep)
      } catch (cause) {
        if (cause instanceof MillraceError) throw cause
        throw new MillraceError('CORE_CHECKPOINT_FAILED', 'the checkpoint folder could not be taken', { cause })
      }
    },
  }
}

/** The folder in the hands of one attempt. */
async function takenFolder(directory: string, attempt: string, keep: number): Promise<TakenStorage> {
  const otherAttempt = async (): Promise<string | undefined> => {
    const newest = await attemptFolder(directory)
    return newest === attempt ? undefined : newest
  }
  /** What fails in the folder may fail because it is another's. */
  const trying = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause
      const other = await otherAttempt().catch(() => undefined)
      if (other === undefined) throw new MillraceError('CORE_CHECKPOINT_FAILED', what, { cause })
      const why = `another attempt of the job has the folder ('${other}', ours was '${attempt}')`
      throw new MillraceError('CORE_CHECKPOINT_TAKEN', `${what}: ${why}`, { cause })
    }
  }
  return {
    latest: await trying('the newest checkpoint could not be read', async () => {
      await clearHalfWritten(join(directory, attempt))
      return readNewest(directory, attempt)
    }),
    write: (checkpoint) =>
      trying(`checkpoint ${checkpoint.checkpointId} could not be stored`, async () => {
        await writeWhole(join(directory, attempt), fileName(checkpoint.checkpointId), checkpointBytes(checkpoint))
        const files = await checkpointFiles(directory, attempt)
        for (const file of files.slice(0, Math.max(0, files.length - keep))) await rm(file)
      }),
    isTaken: async () => (await otherAttempt()) !== undefined,
    takeAgain: () =>
      trying('the checkpoint folder could not be taken', async () =>
        takenFolder(directory, await retakeAttemptFolder(directory, attempt), keep),
      ),
  }
}

/** What the attempt before was writing goes: it may go on with that, and we would write to the same file. */
async function clearHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true })
}

async function readLatest(directory: string): Promise<Checkpoint | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await readNewest(directory, await attemptFolder(directory))
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause
      if (isFileError(cause, 'ENOENT') && !existsSync(directory)) return undefined
      // Its folder was renamed, or it was let go of, since it was found.
      if (isFileError(cause, 'ENOENT') && tries < READ_TRIES) continue
      throw new MillraceError('CORE_CHECKPOINT_FAILED', 'the checkpoint folder could not be read', { cause })
    }
  }
}

async function readNewest(directory: string, attempt: string | undefined): Promise<Checkpoint | undefined> {
  const file = (await checkpointFiles(directory, attempt)).at(-1)
  return file === undefined ? undefined : checkpointOf(basename(file), await readFile(file))
}

/** From the oldest on. Earlier versions wrote them into the folder itself. */
async function checkpointFiles(directory: string, attempt: string | undefined): Promise<string[]> {
  const folders = attempt === undefined ? [directory] : [directory, join(directory, attempt)]
  const found: string[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder)) if (NAME.test(name)) found.push(join(folder, name))
  }
  return found.sort((a, b) => (basename(a) < basename(b) ? -1 : 1))
}

function fileName(checkpointId: number): string {
  return `checkpoint-${String(checkpointId).padStart(12, '0')}`
}

async function writeWhole(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(directory, `.${name}.tmp`)
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(directory, name))
  await flushFolder(directory)
}
