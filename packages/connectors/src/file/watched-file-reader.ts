import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Reject, SourceBatch, SourceContext, SplitReader } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import type { FileContent } from './watched-file.ts'

export interface WatchedFileParts<R> {
  readonly path: string
  readonly maxBytes: number
  readonly map: ((content: FileContent) => R) | undefined
  readonly context: Pick<SourceContext, 'signal' | 'metrics'>
  /** Resolves when it is time to look again; rejects when the signal is aborted. */
  readonly nextLook: () => Promise<unknown>
}

/** Of a content that was given: told apart by this from others. */
type Digest = string

/** What stood in the file at a look. */
interface Look {
  readonly bytes: Uint8Array | undefined
  readonly size: number
  readonly modified: number
  readonly digest: Digest
}

/** Gives a file's content when two looks in a row have found the same, and it is another than that given last. */
export class WatchedFileReader<R> implements SplitReader<R> {
  readonly #parts: WatchedFileParts<R>
  #given: Digest | undefined
  #last: Digest | undefined
  #hasLooked = false

  constructor(parts: WatchedFileParts<R>, position: unknown) {
    this.#parts = parts
    this.#given = typeof position === 'string' ? position : undefined
  }

  async read(): Promise<SourceBatch<R>> {
    const { context, nextLook } = this.#parts
    for (;;) {
      if (this.#hasLooked) await nextLook()
      this.#hasLooked = true
      context.signal.throwIfAborted()
      const look = await this.#look()
      context.metrics?.gauge('missing').set(look === undefined ? 1 : 0)
      const isSettled = look !== undefined && look.digest === this.#last
      this.#last = look?.digest
      if (!isSettled || look.digest === this.#given) continue
      this.#given = look.digest
      return this.#batchOf(look)
    }
  }

  #batchOf({ bytes, size, modified, digest }: Look): SourceBatch<R> {
    const { path, maxBytes, map } = this.#parts
    if (bytes === undefined) {
      return this.#rejected(digest, 'file-too-large', `the file has ${size} bytes, more than ${maxBytes}`)
    }
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      return this.#rejected(digest, 'utf8-invalid', 'the file is no UTF-8')
    }
    const content: FileContent = { path, text, modified, version: `${modified}-${digest.slice(0, 12)}` }
    // Without a map, R is the content.
    return { values: [map === undefined ? (content as R) : map(content)], position: digest }
  }

  #rejected(digest: Digest, code: string, reason: string): SourceBatch<R> {
    const reject: Reject = { split: this.#parts.path, position: '1', code, reason, raw: '' }
    return { values: [], rejects: [{ before: 0, reject }], position: digest }
  }

  /** `undefined` where there is no file: one that is replaced is away for a moment. */
  async #look(): Promise<Look | undefined> {
    const { path, maxBytes } = this.#parts
    try {
      const { size, mtimeMs } = await stat(path)
      const modified = Math.floor(mtimeMs)
      if (size > maxBytes) return { bytes: undefined, size, modified, digest: `${size} bytes at ${modified}` }
      const bytes = await readFile(path)
      return { bytes, size, modified, digest: createHash('sha256').update(bytes).digest('hex') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new MillraceConnectorError('FILE_UNREADABLE', `the watched file '${path}' cannot be read`, { cause: error })
    }
  }
}
