import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { MillraceError } from '../../errors.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { CheckpointStorage } from '../checkpoint-storage.ts'

export interface FileStorageOptions {
  /** How many of the newest checkpoints stay. Default 3, at least 1. */
  readonly keep?: number
}

const MAGIC = 'MILLRACE-CHECKPOINT'
const VERSION = 1
const NAME = /^checkpoint-(\d{12})$/

/**
 * Keeps checkpoints as files in a folder, one a file: a line with magic word, version, length and SHA-256 of what follows.
 *
 * A checkpoint is written under a temporary name and flushed, then renamed, then the folder is flushed: after a crash it is
 * there whole or not at all. One job a folder.
 */
export function fileStorage(directory: string, options: FileStorageOptions = {}): CheckpointStorage {
  const keep = options.keep ?? 3
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new MillraceError('CORE_OPTION_INVALID', `fileStorage's keep was ${keep}; it is a whole number of 1 or more`)
  }
  return {
    kind: 'file',
    async write(checkpoint) {
      try {
        await mkdir(directory, { recursive: true })
        await writeWhole(directory, fileName(checkpoint.checkpointId), frame(serialize(checkpoint)))
        const names = await checkpointNames(directory)
        for (const name of names.slice(0, Math.max(0, names.length - keep))) await rm(join(directory, name))
      } catch (cause) {
        throw new MillraceError('CORE_CHECKPOINT_FAILED', `checkpoint ${checkpoint.checkpointId} could not be stored`, {
          cause,
        })
      }
    },
    async latest() {
      const name = (await checkpointNames(directory)).at(-1)
      return name === undefined ? undefined : unframe(name, await readFile(join(directory, name)))
    },
  }
}

function fileName(checkpointId: number): string {
  return `checkpoint-${String(checkpointId).padStart(12, '0')}`
}

async function checkpointNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => NAME.test(name)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new MillraceError('CORE_CHECKPOINT_FAILED', 'the checkpoint folder could not be read', { cause: error })
  }
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
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function frame(body: Uint8Array): Uint8Array {
  const header = `${MAGIC} ${VERSION} ${body.length} ${createHash('sha256').update(body).digest('hex')}\n`
  return Buffer.concat([Buffer.from(header, 'latin1'), body])
}

function unframe(name: string, bytes: Buffer): Checkpoint {
  const headerEnd = bytes.indexOf(10)
  const [magic, version, length, digest] = bytes.subarray(0, Math.max(0, headerEnd)).toString('latin1').split(' ')
  if (magic !== MAGIC) throw corrupt(name, 'it does not start as a checkpoint does')
  if (Number(version) !== VERSION) {
    throw new MillraceError(
      'CORE_CHECKPOINT_MISMATCH',
      `'${name}' has format version ${version}, this is version ${VERSION}`,
    )
  }
  const body = bytes.subarray(headerEnd + 1)
  if (body.length !== Number(length)) throw corrupt(name, `it has ${body.length} bytes where ${length} were written`)
  if (createHash('sha256').update(body).digest('hex') !== digest) throw corrupt(name, 'its checksum differs')
  return deserialize(body) as Checkpoint
}

function corrupt(name: string, what: string): MillraceError {
  return new MillraceError('CORE_CHECKPOINT_CORRUPT', `'${name}' is damaged: ${what}`)
}
