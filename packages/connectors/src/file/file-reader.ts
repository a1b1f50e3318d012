import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Reject, SourceBatch, SplitReader } from '@millrace/core/connector'
import { MillraceConnectorError, systemCode } from '../errors.ts'
import type { Decoder, DecoderPosition } from '../formats/format.ts'
import type { OpenFiles } from './open-files.ts'
import type { ParsedFileSourceOptions } from './options.ts'

export interface OpenedFile<T, R> {
  readonly path: string
  readonly split: string
  readonly files: OpenFiles
  readonly options: ParsedFileSourceOptions<T, R>
  readonly signal: AbortSignal
}

/** Reads one file chunk by chunk; keeps a chunk, and the row under way. */
export class FileReader<T, R> implements SplitReader<R> {
  readonly #file: OpenedFile<T, R>
  readonly #decoder: Decoder<T>
  #offset: number
  #ended = false

  /** @throws FILE_VANISHED, FILE_TRUNCATED, FILE_CHANGED when the file is not what it was at the position. */
  static async open<T, R>(file: OpenedFile<T, R>, position: DecoderPosition | undefined): Promise<FileReader<T, R>> {
    await useFile(file, position !== undefined, (handle) =>
      position === undefined ? Promise.resolve() : verify(file.split, handle, position),
    )
    return new FileReader(file, position)
  }

  private constructor(file: OpenedFile<T, R>, position: DecoderPosition | undefined) {
    this.#file = file
    this.#offset = position?.offset ?? 0
    const context = { split: file.split }
    this.#decoder = file.options.format.createDecoder(position === undefined ? context : { ...context, from: position })
  }

  read(maxRecords: number): SourceBatch<R> | undefined | Promise<SourceBatch<R> | undefined> {
    this.#file.signal.throwIfAborted()
    return this.#take(maxRecords) ?? (this.#ended ? undefined : this.#readOn(maxRecords))
  }

  close(): Promise<void> {
    return this.#file.files.release(this.#file.path)
  }

  async #readOn(maxRecords: number): Promise<SourceBatch<R> | undefined> {
    for (;;) {
      await this.#fill()
      this.#file.signal.throwIfAborted()
      const batch = this.#take(maxRecords)
      if (batch !== undefined || this.#ended) return batch
    }
  }

  #take(maxRecords: number): SourceBatch<R> | undefined {
    const values: T[] = []
    const lines: number[] = []
    const rejects: { before: number; reject: Reject }[] = []
    if (this.#decoder.take(maxRecords, { values, lines, rejects }) === 0) return undefined
    const batch = { values: this.#map(values, lines), position: this.#decoder.position }
    return rejects.length === 0 ? batch : { ...batch, rejects }
  }

  #map(values: readonly T[], lines: readonly number[]): readonly R[] {
    const { map } = this.#file.options
    // Without `map` the two types are one (see the default of R in `fileSource`).
    if (map === undefined) return values as readonly unknown[] as readonly R[]
    return values.map((value, index) => map(value, { file: this.#file.split, line: lines[index] as number }))
  }

  async #fill(): Promise<void> {
    const { split, options } = this.#file
    const chunk = Buffer.allocUnsafeSlow(options.chunkBytes)
    const bytesRead = await useFile(this.#file, this.#offset > 0, async (handle) => {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, this.#offset)
      if (bytesRead === 0 && (await handle.stat()).size < this.#offset) throw truncated(split, this.#offset)
      return bytesRead
    })
    this.#offset += bytesRead
    if (bytesRead > 0) {
      this.#decoder.push(chunk.subarray(0, bytesRead))
      return
    }
    this.#ended = true
    this.#decoder.end()
    await this.close()
  }
}

/** Checks that what was read before a stop is still there: the size, and the bytes that the position has a check of. */
async function verify(split: string, handle: FileHandle, position: DecoderPosition): Promise<void> {
  const { offset, check } = position
  if ((await handle.stat()).size < offset) throw truncated(split, offset)
  if (check === undefined) return
  const chunk = Buffer.allocUnsafe(64 * 1024)
  let crc = 0
  for (let at = check.start; at < offset; ) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, offset - at), at)
    if (bytesRead === 0) throw truncated(split, offset)
    crc = crc32(chunk.subarray(0, bytesRead), crc)
    at += bytesRead
  }
  if (crc === check.crc) return
  throw new MillraceConnectorError('FILE_CHANGED', `${split} was changed before byte ${offset}, which had been read`)
}

async function useFile<R>(
  file: Pick<OpenedFile<unknown, unknown>, 'path' | 'split' | 'files'>,
  wasRead: boolean,
  read: (handle: FileHandle) => Promise<R>,
): Promise<R> {
  try {
    return await file.files.use(file.path, read)
  } catch (cause) {
    if (cause instanceof MillraceConnectorError) throw cause
    if (wasRead && systemCode(cause) === 'ENOENT') {
      throw new MillraceConnectorError('FILE_VANISHED', `${file.split} was read in part and is gone`, { cause })
    }
    throw new MillraceConnectorError('FILE_UNREADABLE', `${file.split} cannot be read`, { cause })
  }
}

function truncated(split: string, offset: number): MillraceConnectorError {
  return new MillraceConnectorError(
    'FILE_TRUNCATED',
    `${split} is shorter than the ${offset} bytes that were read of it`,
  )
}
