import { randomUUID } from 'node:crypto'
import { MillraceError } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import { type Bucket, isFault } from './bucket.ts'

/** One checkpoint that counts. */
export interface IndexEntry {
  readonly checkpointId: number
  readonly key: string
}

/** What the folder's index says: who has the folder, and which checkpoints there are, the newest last. */
export interface CheckpointIndex {
  readonly attempt: number
  readonly checkpoints: readonly IndexEntry[]
}

/** An index as it was found, or written: the next one takes its place, and no other's. */
export interface FoundIndex extends CheckpointIndex {
  /** `undefined`: there was none. */
  readonly etag: string | undefined
}

const NONE: FoundIndex = { attempt: 0, checkpoints: [], etag: undefined }
const FORMAT = 1

/**
 * The one object of a folder of checkpoints that is written over, and only by whoever has seen what stands there (If-Match):
 *
 * ```
 *   take    { attempt: 7, checkpoints: [40, 41] }  ──►  { attempt: 8, checkpoints: [40, 41] }
 *   write   { attempt: 8, checkpoints: [40, 41] }  ──►  { attempt: 8, checkpoints: [40, 41, 42] }
 * ```
 *
 * Whatever an attempt before is at, or in the middle of, it has seen another index, so it changes nothing.
 */
export class CheckpointIndexObject {
  readonly #bucket: Bucket
  readonly #key: string

  constructor(bucket: Bucket, prefix: string) {
    this.#bucket = bucket
    this.#key = `${prefix}/index.json`
  }

  async read(): Promise<FoundIndex> {
    const found = await this.#get()
    return found === undefined ? NONE : { ...found.index, etag: found.etag }
  }

  /** `undefined` where another stands there by now. */
  async replace(before: FoundIndex, index: CheckpointIndex): Promise<FoundIndex | undefined> {
    const id = randomUUID()
    const body = JSON.stringify({ format: FORMAT, id, ...index })
    const condition = before.etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.etag }
    try {
      return { ...index, etag: await this.#put(body, condition) }
    } catch (error) {
      // A conflict says that another writes at this moment, and a key that is gone that somebody has cleared the folder.
      if (!isFault(error, 'PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey')) throw error
      const found = await this.#get()
      // The answer to a try that went well was lost.
      return found?.id === id ? { ...index, etag: found.etag } : undefined
    }
  }

  /** That the store refuses what it is asked to refuse: all of this hangs on it. @throws S3_CONDITIONS_IGNORED */
  async checkConditions(index: FoundIndex): Promise<void> {
    const { etag: _, ...held } = index
    try {
      await this.#put(JSON.stringify({ format: FORMAT, id: randomUUID(), ...held }), { IfNoneMatch: '*' })
    } catch (error) {
      if (isFault(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return
      throw error
    }
    throw new MillraceConnectorError(
      'S3_CONDITIONS_IGNORED',
      `${this.#bucket.what}: an object was written over that was to be written only if it was not there`,
    )
  }

  async #put(body: string, condition: { IfMatch?: string; IfNoneMatch?: string }): Promise<string> {
    const { PutObjectCommand } = this.#bucket.library
    const input = {
      Bucket: this.#bucket.name,
      Key: this.#key,
      Body: body,
      ContentType: 'application/json',
      ...condition,
    }
    const { ETag } = await this.#bucket.call('PutObject', (client, at) => client.send(new PutObjectCommand(input), at))
    return ETag as string
  }

  async #get(): Promise<{ readonly id: string; readonly etag: string; readonly index: CheckpointIndex } | undefined> {
    const found = await this.#bucket.get(this.#key)
    if (found === undefined) return undefined
    const { format, id, attempt, checkpoints } = parsed(found.bytes)
    if (format !== FORMAT) {
      const what = `the index of the checkpoints has format ${String(format)}, this version reads ${FORMAT}`
      throw new MillraceError('CORE_CHECKPOINT_MISMATCH', what)
    }
    return { id, etag: found.etag, index: { attempt, checkpoints } }
  }
}

interface StoredIndex extends CheckpointIndex {
  readonly format: number
  readonly id: string
}

function parsed(bytes: Buffer): StoredIndex {
  try {
    const index: StoredIndex = JSON.parse(bytes.toString())
    if (Number.isSafeInteger(index.attempt) && Array.isArray(index.checkpoints)) return index
  } catch {
    // Said below.
  }
  throw new MillraceError('CORE_CHECKPOINT_CORRUPT', "'index.json' is damaged: it is no index of checkpoints")
}
