import type { Bucket } from './bucket.ts'
import { type LineBytes, lineBytes } from './line-bytes.ts'
import { type FinishedUpload, Upload, type UploadType } from './upload.ts'

/** Characters that gather before they become bytes. */
const GATHERED = 64 * 1024

export interface ObjectParts {
  readonly bucket: Bucket
  readonly key: string
  readonly type: UploadType
  readonly gzip: boolean
  readonly partBytes: number
  /** By the job's clock. */
  readonly openedAt: number
}

/**
 * An object that lines are added to. Keeps at most a part in memory, beside those that are being uploaded while the next one gathers. Seen by
 * nobody.
 */
export class OpenObject {
  readonly openedAt: number
  /** Bytes of lines, before compression; those that gather count as a byte a character. */
  bytes = 0
  records = 0
  readonly #parts: ObjectParts
  readonly #lines: LineBytes
  #text = ''
  #upload: Promise<Upload> | undefined
  /** Each until it is up; one that fails stays, so that `finish` fails. */
  readonly #sending = new Set<Promise<void>>()

  constructor(parts: ObjectParts) {
    this.#parts = parts
    this.#lines = lineBytes(parts.gzip)
    this.openedAt = parts.openedAt
  }

  get bufferedBytes(): number {
    return this.#text.length + this.#lines.length
  }

  /** Whether `push` has something to do. */
  get hasGathered(): boolean {
    return this.#text.length >= GATHERED
  }

  add(line: string): void {
    this.#text += line
    this.#text += '\n'
    this.bytes += line.length + 1
    this.records += 1
  }

  /** Whether `push` may begin to upload a part. */
  get hasPart(): boolean {
    return this.bufferedBytes >= this.#parts.partBytes
  }

  /** Takes up what has gathered, and begins to upload the parts that are full: those are the answer. */
  async push(): Promise<readonly Promise<void>[]> {
    await this.#takeUp()
    const { partBytes } = this.#parts
    const begun: Promise<void>[] = []
    while (this.#lines.length >= partBytes) begun.push(this.#addPart(partBytes))
    return begun
  }

  /** Makes all of it durable. Nothing can be added any more. */
  async finish(): Promise<FinishedUpload> {
    await this.#takeUp()
    await this.#lines.end()
    const { partBytes } = this.#parts
    while (this.#lines.length > partBytes) void this.#addPart(partBytes)
    if (this.#lines.length > 0) void this.#addPart(this.#lines.length)
    await Promise.all(this.#sending)
    return (await this.#begun()).finished(this.records)
  }

  /** Leaves nothing behind, as far as it can. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#sending)
    const upload = await this.#upload?.catch(() => undefined)
    await upload?.abort()
  }

  async #takeUp(): Promise<void> {
    const text = this.#text
    this.#text = ''
    this.bytes += Buffer.byteLength(text) - text.length
    await this.#lines.add(text)
  }

  #addPart(bytes: number): Promise<void> {
    const sending = this.#send(this.#lines.take(bytes))
    this.#sending.add(sending)
    sending.then(
      () => this.#sending.delete(sending),
      () => {},
    )
    return sending
  }

  async #send(part: Buffer): Promise<void> {
    // Their numbers are given in the order in which they are asked for.
    const upload = await this.#begun()
    await upload.add(part)
  }

  #begun(): Promise<Upload> {
    const { bucket, key, type } = this.#parts
    this.#upload ??= Upload.begin(bucket, key, type)
    return this.#upload
  }
}
