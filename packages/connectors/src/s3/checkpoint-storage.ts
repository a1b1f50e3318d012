import { randomBytes } from 'node:crypto'
import {
  type Checkpoint,
  type CheckpointStorage,
  checkpointBytes,
  checkpointOf,
  MillraceError,
  type TakenStorage,
} from '@millrace/core/connector'
import { Bucket } from './bucket.ts'
import { CheckpointIndexObject, type FoundIndex } from './checkpoint-index.ts'
import {
  type ParsedCheckpointStorage,
  parseCheckpointStorage,
  type S3CheckpointStorageOptions,
} from './checkpoint-storage-options.ts'
import { complete, Upload } from './upload.ts'

/** Others who take the folder, or write to it, at the same time. */
const TRIES = 1_000

/**
 * Keeps checkpoints in a bucket, one an object, and beside them an index that says which count and who has them. The index is written by
 * conditional requests: of two processes that run the same job, the one that started last goes on, and whatever the other is in the
 * middle of has no effect. A store that does not heed conditions is refused.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: what a storage throws, with the connector's error as cause.
 */
export function s3CheckpointStorage(options: S3CheckpointStorageOptions): CheckpointStorage {
  const parsed = parseCheckpointStorage(options)
  let opened: Promise<CheckpointFolder> | undefined
  const folder = (): Promise<CheckpointFolder> => {
    opened ??= CheckpointFolder.open(parsed)
    return opened
  }
  return {
    kind: 's3',
    latest: async () => {
      const opened = await trying('the newest checkpoint could not be read', folder)
      return trying('the newest checkpoint could not be read', () => opened.latest())
    },
    take: async () => {
      const opened = await trying('the checkpoints could not be taken', folder)
      return trying('the checkpoints could not be taken', () => opened.take())
    },
  }
}

class CheckpointFolder {
  readonly #options: ParsedCheckpointStorage
  readonly #bucket: Bucket
  readonly #index: CheckpointIndexObject

  static async open(options: ParsedCheckpointStorage): Promise<CheckpointFolder> {
    const { bucket, prefix, connection } = options
    const what = `checkpoints in bucket '${bucket}' under '${prefix}'`
    // It has no end: connections that are idle do not keep a process.
    const { signal } = new AbortController()
    return new CheckpointFolder(options, await Bucket.open({ what, bucket, connection, signal, metrics: undefined }))
  }

  private constructor(options: ParsedCheckpointStorage, bucket: Bucket) {
    this.#options = options
    this.#bucket = bucket
    this.#index = new CheckpointIndexObject(bucket, options.prefix)
  }

  async latest(): Promise<Checkpoint | undefined> {
    for (let tries = 1; ; tries++) {
      const index = await this.#index.read()
      const found = await this.#newestOf(index)
      if (found !== 'missing') return found
      // It may have been let go of since the index was read.
      const isGone = (await this.#index.read()).etag === index.etag
      if (isGone || tries === TRIES) throw missing(index)
    }
  }

  async take(): Promise<TakenStorage> {
    for (let tries = 1; tries < TRIES; tries++) {
      const before = await this.#index.read()
      const taken = await this.#index.replace(before, { ...before, attempt: before.attempt + 1 })
      if (taken === undefined) continue
      await this.#index.checkConditions(taken)
      return this.#taken(taken)
    }
    throw new MillraceError('CORE_CHECKPOINT_FAILED', `${TRIES} others have taken the checkpoints at the same time`)
  }

  async #taken(taken: FoundIndex): Promise<TakenStorage> {
    let index = taken
    const { attempt } = taken
    const isTaken = async (): Promise<boolean> => (await this.#index.read()).attempt !== attempt
    /** What fails may fail because it is another's. */
    const asOwner = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (cause) {
        if (isOf(cause, 'CORE_CHECKPOINT_TAKEN') || !(await isTaken().catch(() => false))) throw failed(what, cause)
        throw takenByAnother(what, { cause })
      }
    }
    const latest = await asOwner('the newest checkpoint could not be read', async () => {
      const found = await this.#newestOf(index)
      if (found === 'missing') throw missing(index)
      return found
    })
    await this.#clear(index)
    return {
      latest,
      isTaken: () => trying('the index of the checkpoints could not be read', isTaken),
      write: (checkpoint) => {
        const what = `checkpoint ${checkpoint.checkpointId} could not be stored`
        return asOwner(what, async () => {
          const key = await this.#put(attempt, checkpoint)
          const all = [...index.checkpoints, { checkpointId: checkpoint.checkpointId, key }]
          const replaced = await this.#index.replace(index, { attempt, checkpoints: all.slice(-this.#options.keep) })
          if (replaced === undefined) {
            await this.#letGo([key])
            throw takenByAnother(what)
          }
          index = replaced
          await this.#letGo(all.slice(0, -this.#options.keep).map((entry) => entry.key))
        })
      },
      takeAgain: () => {
        const what = 'the checkpoints could not be taken'
        return asOwner(what, async () => {
          const again = await this.#index.replace(index, { ...index, attempt: attempt + 1 })
          if (again === undefined) throw takenByAnother(what)
          return this.#taken(again)
        })
      },
    }
  }

  async #newestOf(index: FoundIndex): Promise<Checkpoint | undefined | 'missing'> {
    const newest = index.checkpoints.at(-1)
    if (newest === undefined) return undefined
    const found = await this.#bucket.get(newest.key)
    return found === undefined ? 'missing' : checkpointOf(nameOf(newest.key), found.bytes)
  }

  /** Under a name of its own, which counts for nothing before the index has it. */
  async #put(attempt: number, checkpoint: Checkpoint): Promise<string> {
    const { prefix, partBytes } = this.#options
    const digits = String(checkpoint.checkpointId).padStart(12, '0')
    const key = `${prefix}/checkpoint-${digits}-a${String(attempt).padStart(9, '0')}-${randomBytes(4).toString('hex')}`
    const bytes = Buffer.from(checkpointBytes(checkpoint))
    if (bytes.length <= partBytes) {
      const { PutObjectCommand } = this.#bucket.library
      const input = { Bucket: this.#bucket.name, Key: key, Body: bytes }
      await this.#bucket.call('PutObject', (client, at) => client.send(new PutObjectCommand(input), at))
      return key
    }
    const upload = await Upload.begin(this.#bucket, key, { contentType: 'application/octet-stream', more: {} })
    for (let at = 0; at < bytes.length; at += partBytes) await upload.add(bytes.subarray(at, at + partBytes))
    await complete(this.#bucket, upload.finished(1))
    return key
  }

  /** What earlier attempts were writing as they died. A later one's is not ours to judge: we may be the one who was asleep. */
  async #clear({ attempt, checkpoints }: FoundIndex): Promise<void> {
    const counts = new Set(checkpoints.map(({ key }) => key))
    const start = `${this.#options.prefix}/checkpoint-`
    const isLeft = (key: string): boolean => attemptOf(key) < attempt && !counts.has(key)
    try {
      for await (const { Key } of this.#bucket.list(start)) if (isLeft(Key)) await this.#bucket.remove(Key)
      for await (const { Key = '', UploadId = '' } of this.#bucket.listUploads(start)) {
        if (isLeft(Key)) await this.#bucket.abortUpload(Key, UploadId)
      }
    } catch {
      // It takes room, and the next attempt tries again.
    }
  }

  async #letGo(keys: readonly string[]): Promise<void> {
    // As above: the index does not name them.
    await Promise.allSettled(keys.map((key) => this.#bucket.remove(key)))
  }
}

function attemptOf(key: string): number {
  return Number(/-a(\d{9,})-[0-9a-f]{8}$/.exec(key)?.[1] ?? Number.POSITIVE_INFINITY)
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

async function trying<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw failed(what, cause)
  }
}

function failed(what: string, cause: unknown): MillraceError {
  return cause instanceof MillraceError ? cause : new MillraceError('CORE_CHECKPOINT_FAILED', what, { cause })
}

function takenByAnother(what: string, options: { cause?: unknown } = {}): MillraceError {
  return new MillraceError('CORE_CHECKPOINT_TAKEN', `${what}: another attempt of the job has the checkpoints`, options)
}

function missing(index: FoundIndex): MillraceError {
  const newest = index.checkpoints.at(-1)
  return new MillraceError(
    'CORE_CHECKPOINT_CORRUPT',
    `'${nameOf(newest?.key ?? '')}' is in the index, and not in the bucket`,
  )
}

function isOf(error: unknown, code: 'CORE_CHECKPOINT_TAKEN'): boolean {
  return error instanceof MillraceError && error.code === code
}
