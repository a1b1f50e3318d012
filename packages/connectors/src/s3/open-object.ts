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

/** An object that lines are added to. Keeps at most a part in memory; what is more is uploaded, and seen by nobody. */
export class OpenObject {
  readonly openedAt: number
  /** Bytes of lines, before compression; those that gather count as a byte a character. */
  bytes = 0
  records = 0
  readonly #parts: ObjectParts
  readonly #lines: LineBytes
  #text = ''
  #upload: Upload | undefined

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

  /** Takes up what has gathered, and uploads the parts that are full. */
  async push(): Promise<void> {
    const text = this.#text
    this.#text = ''
    this.bytes += Buffer.byteLength(text) - text.length
    await this.#lines.add(text)
    const { partBytes } = this.#parts
    while (this.#lines.length >= partBytes) await this.#addPart(partBytes)
  }

  /** Makes all of it durable. Nothing can be added any more. */
  async finish(): Promise<FinishedUpload> {
    await this.push()
    await this.#lines.end()
    const { partBytes } = this.#parts
    while (this.#lines.length > partBytes) await this.#addPart(partBytes)
    if (this.#lines.length > 0) await this.#addPart(this.#lines.length)
    return (await this.#begun()).finished(this.records)
  }

  /** Leaves nothing behind, as far as it can. */
  async discard(): Promise<void> {
    await this.#upload?.abort()
  }

  async #addPart(bytes: number): Promise<void> {
    await (await this.#begun()).add(this.#lines.take(bytes))
  }

  async #begun(): Promise<Upload> {
    const { bucket, key, type } = this.#parts
    this.#upload ??= await Upload.begin(bucket, key, type)
    return this.#upload
  }
}
