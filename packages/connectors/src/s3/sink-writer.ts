import { randomBytes } from 'node:crypto'
import type { Committable, OperatorMetrics, SinkContext, SinkWriter } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import type { Bucket } from './bucket.ts'
import { hourFolder, hourOf } from './hour-folder.ts'
import { leftovers } from './leftovers.ts'
import { objectName } from './object-name.ts'
import { OpenObject } from './open-object.ts'
import type { ParsedS3Sink } from './sink-options.ts'
import { complete, type FinishedUpload, type UploadType } from './upload.ts'

/** In a checkpoint. `version` is that of this shape. */
interface WriterState {
  readonly version: 1
  readonly run: number
  /** The checkpoint it stands in. */
  readonly checkpoint: number
}

/** One checkpoint's objects. */
interface Piece {
  readonly uploads: readonly FinishedUpload[]
}

/**
 * Hours' objects, open side by side, until they are closed: by time, by size, for room, or by a checkpoint.
 *
 * ```
 *   write ─► open object of the hour ─► closed: an upload with all its parts ─► prepareCommit ─► commit: completed, seen
 *            (memory, full parts up)     durable, seen by nobody
 * ```
 */
export class S3SinkWriter<T> implements SinkWriter<T> {
  readonly #options: ParsedS3Sink<T>
  readonly #context: SinkContext
  readonly #bucket: Bucket
  readonly #metrics: OperatorMetrics | undefined
  readonly #type: UploadType
  readonly #openedAt = Date.now()
  /** Tells this life's names from others'; not where names have to be the same again. */
  readonly #life: string
  /** By their hour, the one that was written to last at the end. */
  readonly #open = new Map<number, OpenObject>()
  /** Since the last checkpoint, in the order in which they were closed. */
  #closed: Promise<FinishedUpload | undefined>[] = []
  /** Objects that are being closed, and parts of open ones. They reject nothing. */
  readonly #underWay = new Set<Promise<unknown>>()
  #failure: { readonly error: unknown } | undefined
  #buffered = 0
  #run = 1
  #after = 0
  #index = 0
  #lastHour = Number.NaN
  #lastObject: OpenObject | undefined

  constructor(options: ParsedS3Sink<T>, context: SinkContext, bucket: Bucket) {
    this.#options = options
    this.#context = context
    this.#bucket = bucket
    this.#metrics = context.metrics
    this.#life = options.delivery === 'exactly-once' ? '' : randomBytes(4).toString('hex')
    const contentType = options.gzip
      ? 'application/gzip'
      : options.format.name === 'json'
        ? 'application/x-ndjson'
        : 'text/plain; charset=utf-8'
    this.#type = { contentType, more: { ...options.object } }
  }

  /** When the object that was opened first is to be closed. */
  get dueAt(): number | undefined {
    if (this.#open.size === 0) return undefined
    let first = Number.POSITIVE_INFINITY
    for (const { openedAt } of this.#open.values()) first = Math.min(first, openedAt)
    return first + this.#options.closeAfterMs
  }

  async onDue(now: number): Promise<void> {
    const { closeAfterMs } = this.#options
    for (const [hour, { openedAt }] of [...this.#open]) if (openedAt + closeAfterMs <= now) await this.#close(hour)
  }

  async recover(committables: readonly Committable[], state: unknown): Promise<void> {
    const { operatorId, restored } = this.#context
    const before = restored ? (state as WriterState | undefined) : undefined
    for (const piece of committables) await this.commit(piece)
    const found = await leftovers(this.#bucket, operatorId, this.#options.prefix, this.#openedAt)
    if (before === undefined) this.#run = this.#firstRun(found.newestRun)
    else {
      this.#run = before.run
      this.#after = before.checkpoint
      // In at-least-once they are repeats, which are allowed.
      const mayRepeat = this.#options.delivery === 'at-least-once'
      if (!mayRepeat) await this.#clearAhead(found.keysAfter(before.run, before.checkpoint))
    }
    for (const { key, uploadId } of found.uploads) await this.#bucket.abortUpload(key, uploadId)
  }

  async write(values: readonly T[], timestamps: readonly number[]): Promise<void> {
    const { format, closeAtBytes, maxBufferedBytes } = this.#options
    const byEventTime = this.#options.hourOf === 'event-time'
    for (let at = 0; at < values.length; at++) {
      const line = format.encode(values[at] as T)
      const hour = hourOf(byEventTime ? (timestamps[at] as number) : this.#now())
      const object = hour === this.#lastHour && this.#lastObject ? this.#lastObject : await this.#objectOf(hour)
      object.add(line)
      this.#buffered += line.length + 1
      if (object.bytes >= closeAtBytes) await this.#close(hour)
      else if (object.hasGathered) await this.#push(object)
      if (this.#buffered > maxBufferedBytes) await this.#makeRoom()
    }
    this.#throwIfFailed()
    this.#measure()
  }

  async prepareCommit(checkpointId: number): Promise<Piece | undefined> {
    for (const hour of [...this.#open.keys()]) await this.#close(hour)
    const closed = await Promise.all(this.#closed)
    this.#throwIfFailed()
    this.#closed = []
    this.#after = checkpointId
    this.#index = 0
    this.#measure()
    const uploads = closed.filter((upload) => upload !== undefined)
    return this.#options.delivery === 'at-least-once' || uploads.length === 0 ? undefined : { uploads }
  }

  snapshotState(): WriterState {
    return { version: 1, run: this.#run, checkpoint: this.#after }
  }

  async commit(committable: Committable): Promise<void> {
    const { uploads } = committable as Piece
    const waiting = [...uploads]
    const work = async (): Promise<void> => {
      for (let upload = waiting.shift(); upload !== undefined; upload = waiting.shift()) await this.#complete(upload)
    }
    // All of them, before one that fails ends it: the rest should not wait for a person.
    const ended = await Promise.allSettled(Array.from({ length: this.#options.inFlight }, work))
    for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay)
    // What a checkpoint may count on stays; the rest the successor would find.
    await Promise.allSettled([...this.#open.values()].map((object) => object.discard()))
    this.#bucket.close()
  }

  #now(): number {
    return this.#context.clock?.now() ?? Date.now()
  }

  async #objectOf(hour: number): Promise<OpenObject> {
    let object = this.#open.get(hour)
    if (object === undefined) {
      if (this.#open.size >= this.#options.maxOpenObjects) await this.#close(this.#open.keys().next().value as number)
      object = this.#newObject(hour)
    } else this.#open.delete(hour)
    this.#open.set(hour, object)
    this.#lastHour = hour
    this.#lastObject = object
    return object
  }

  #newObject(hour: number): OpenObject {
    const { prefix, layout, extension, gzip, partBytes } = this.#options
    const number = { run: this.#run, after: this.#after, index: this.#index++ }
    const name = objectName(this.#context.operatorId, number, this.#life)
    const key = `${prefix}/${hourFolder(layout, hour)}/${name}${extension}`
    return new OpenObject({ bucket: this.#bucket, key, type: this.#type, gzip, partBytes, openedAt: this.#now() })
  }

  async #push(object: OpenObject): Promise<void> {
    if (object.hasPart) await this.#roomForRequest()
    const before = object.bufferedBytes
    const parts = await object.push()
    this.#buffered += object.bufferedBytes - before
    for (const part of parts) this.#track(part)
  }

  async #roomForRequest(): Promise<void> {
    while (this.#underWay.size >= this.#options.inFlight) await Promise.race(this.#underWay)
    this.#throwIfFailed()
  }

  #track(work: Promise<unknown>): void {
    const ended: Promise<unknown> = work
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
  }

  /** Begins to upload what is left of an hour's object, as soon as there is room for the request. */
  async #close(hour: number): Promise<void> {
    const object = this.#open.get(hour) as OpenObject
    this.#open.delete(hour)
    this.#lastHour = Number.NaN
    this.#lastObject = undefined
    await this.#roomForRequest()
    this.#buffered -= object.bufferedBytes
    const closing = this.#finish(object)
    this.#track(closing)
    this.#closed.push(closing.catch(() => undefined))
  }

  async #finish(object: OpenObject): Promise<FinishedUpload | undefined> {
    const upload = await object.finish()
    this.#metrics?.counter('bytesOut').add(upload.bytes)
    this.#metrics?.counter('objectsOut').add(1)
    if (this.#options.delivery === 'exactly-once') return upload
    await this.#complete(upload)
    return undefined
  }

  async #complete(upload: FinishedUpload): Promise<void> {
    try {
      await complete(this.#bucket, upload)
    } catch (error) {
      const isLost = error instanceof MillraceConnectorError && error.code === 'S3_UPLOAD_LOST'
      if (!isLost || this.#options.onLostUpload === 'fail') throw error
      this.#metrics?.counter('lostUploads').add(1)
    }
  }

  async #makeRoom(): Promise<void> {
    let largest: number | undefined
    let most = -1
    for (const [hour, { bufferedBytes }] of this.#open) {
      if (bufferedBytes <= most) continue
      most = bufferedBytes
      largest = hour
    }
    if (largest !== undefined) await this.#close(largest)
  }

  #firstRun(newestRun: number): number {
    const mayAdd = this.#options.whenExists === 'append' || this.#options.delivery === 'at-least-once'
    if (newestRun === 0 || mayAdd) return newestRun + 1
    throw new MillraceConnectorError(
      'S3_TARGET_EXISTS',
      `${this.#bucket.what} starts from the beginning, and has objects under '${this.#options.prefix}/' already`,
    )
  }

  async #clearAhead(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    if (this.#options.whenAhead === 'refuse') {
      throw new MillraceConnectorError(
        'S3_OBJECTS_AHEAD',
        `${this.#bucket.what} goes on from checkpoint ${this.#after}, and has ${keys.length} objects of later ones, such as '${keys[0]}'`,
      )
    }
    for (const key of keys) await this.#bucket.remove(key)
  }

  #measure(): void {
    this.#metrics?.gauge('bufferedBytes').set(this.#buffered)
    this.#metrics?.gauge('openObjects').set(this.#open.size)
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
