import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Committable, Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { MillraceConnectorError, writeError } from '../errors.ts'
import { syncDirectory } from './durable.ts'
import { type FileSinkOptions, type ParsedFileSinkOptions, parseFileSinkOptions } from './options.ts'
import { PendingFile } from './pending-file.ts'
import { type Appendix, TargetFile } from './target-file.ts'

/**
 * Appends a line a record to a file, exactly once: lines of a checkpoint wait in a pending file beside it, and are
 * appended at a recorded offset when the checkpoint is durable.
 *
 * A job that goes on from an older checkpoint cuts off what stands behind it, and writes it again.
 *
 * @throws CONNECTOR_OPTION_INVALID when an option is out of range. While running: FILE_TARGET_EXISTS,
 * FILE_TARGET_TRUNCATED, FILE_TARGET_CHANGED, FILE_PENDING_LOST, CONNECTOR_DISK_FULL, FILE_WRITE_FAILED.
 */
export function fileSink<T>(options: FileSinkOptions<T>): Sink<T> {
  const parsed = parseFileSinkOptions(options)
  return {
    kind: 'file',
    delivery: 'exactly-once',
    open: async (context: SinkContext): Promise<SinkWriter<T>> => {
      try {
        await mkdir(dirname(parsed.path), { recursive: true })
      } catch (cause) {
        throw writeError('FILE_WRITE_FAILED', `the folder of ${parsed.path} cannot be made`, cause)
      }
      return new FileSinkWriter(parsed, context.restored)
    },
  }
}

/** In a checkpoint. `version` is that of this shape. */
interface WriterState {
  readonly version: 1
  /** The target's size once the checkpoint is committed. */
  readonly end: number
}

class FileSinkWriter<T> implements SinkWriter<T> {
  readonly #options: ParsedFileSinkOptions<T>
  readonly #restored: boolean
  readonly #target: TargetFile
  readonly #directory: string
  readonly #pendingPrefix: string
  #pending: { readonly name: string; readonly file: PendingFile } | undefined
  #pendingCount = 0
  /** The target's size once all that was prepared is committed. */
  #end = 0

  constructor(options: ParsedFileSinkOptions<T>, restored: boolean) {
    this.#options = options
    this.#restored = restored
    this.#target = new TargetFile(options.path)
    this.#directory = dirname(options.path)
    this.#pendingPrefix = `.${basename(options.path)}.pending-`
  }

  async recover(committables: readonly Committable[], state: unknown): Promise<void> {
    const restored = this.#restored ? (state as WriterState | undefined) : undefined
    if (restored === undefined) await this.#start()
    else {
      for (const piece of committables as readonly Appendix[]) await this.#target.append(piece, true)
      await this.#target.cut(restored.end)
      this.#end = restored.end
    }
    await this.#removeLeftovers()
  }

  write(values: readonly T[]): void | Promise<void> {
    if (values.length === 0) return
    this.#pending ??= this.#openPending()
    const { file } = this.#pending
    const { format } = this.#options
    for (const value of values) file.add(format.encode(value))
    if (file.isFull) return this.#flush(file)
  }

  async prepareCommit(): Promise<Appendix | undefined> {
    if (this.#pending === undefined) return undefined
    const { name, file } = this.#pending
    try {
      await file.finish()
      await syncDirectory(this.#directory)
    } catch (cause) {
      throw this.#writeFailed(cause)
    }
    this.#pending = undefined
    const piece = { pending: name, offset: this.#end, length: file.length, checksum: file.checksum }
    this.#end += file.length
    return piece
  }

  snapshotState(): WriterState {
    return { version: 1, end: this.#end }
  }

  async commit(committable: Committable): Promise<void> {
    const piece = committable as Appendix
    await this.#target.append(piece, false)
    await rm(join(this.#directory, piece.pending), { force: true })
  }

  async close(): Promise<void> {
    await this.#pending?.file.discard()
    this.#pending = undefined
  }

  async #start(): Promise<void> {
    const size = await this.#target.size()
    if (size > 0 && this.#options.whenExists === 'refuse') {
      throw new MillraceConnectorError('FILE_TARGET_EXISTS', `${this.#options.path} holds ${size} bytes already`)
    }
    if (!(await this.#target.endsWithLineEnd())) {
      throw new MillraceConnectorError('FILE_TARGET_CHANGED', `the last line of ${this.#options.path} is not whole`)
    }
    this.#end = size
  }

  async #removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      if (name.startsWith(this.#pendingPrefix)) await rm(join(this.#directory, name), { force: true })
    }
  }

  #openPending(): { readonly name: string; readonly file: PendingFile } {
    const name = `${this.#pendingPrefix}${this.#pendingCount++}`
    return { name, file: new PendingFile(join(this.#directory, name)) }
  }

  async #flush(file: PendingFile): Promise<void> {
    try {
      await file.flush()
    } catch (cause) {
      throw this.#writeFailed(cause)
    }
  }

  #writeFailed(cause: unknown): MillraceConnectorError {
    return writeError('FILE_WRITE_FAILED', `lines for ${this.#options.path} could not be written`, cause)
  }
}
