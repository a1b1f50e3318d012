import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { MillraceConnectorError, systemCode, writeError } from '../errors.ts'
import { syncDirectory, writeAll } from './durable.ts'

/** One checkpoint's lines: where they lie, and where in the target they belong. Plain data. */
export interface Appendix {
  /** The pending file's name, beside the target. */
  readonly pending: string
  readonly offset: number
  readonly length: number
  /** CRC-32 of the bytes. */
  readonly checksum: number
}

const CHUNK_BYTES = 1024 * 1024

/**
 * The file that grows, piece by piece, each at the offset that was recorded for it.
 *
 * ```
 *   size = offset            appended now
 *   size in the middle       an append was cut off: written again from the offset
 *   size >= end, same bytes  appended already
 *   anything else            somebody else's doing: refused
 * ```
 */
export class TargetFile {
  readonly path: string
  readonly #directory: string

  constructor(path: string) {
    this.path = path
    this.#directory = dirname(path)
  }

  /** Bytes; 0 where the file is not there. */
  async size(): Promise<number> {
    try {
      return (await stat(this.path)).size
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return 0
      throw writeError('FILE_WRITE_FAILED', `${this.#name} cannot be looked at`, error)
    }
  }

  /** True where the file is empty or its last line is whole. */
  async endsWithLineEnd(): Promise<boolean> {
    const size = await this.size()
    if (size === 0) return true
    const last = Buffer.alloc(1)
    const handle = await open(this.path, 'r')
    try {
      await handle.read(last, 0, 1, size - 1)
    } finally {
      await handle.close()
    }
    return last[0] === 10
  }

  /**
   * Puts a piece in its place, durably. Can be repeated. `takesOver` says that a process died, perhaps while appending:
   * what then stands behind the offset is its, and is written over.
   *
   * @throws FILE_TARGET_TRUNCATED, FILE_TARGET_CHANGED, FILE_PENDING_LOST, CONNECTOR_DISK_FULL, FILE_WRITE_FAILED
   */
  async append(piece: Appendix, takesOver: boolean): Promise<void> {
    const size = await this.size()
    const end = piece.offset + piece.length
    if (size < piece.offset) throw this.#truncated(size, piece.offset)
    if (size >= end && (await this.#checksum(this.path, piece.offset, piece.length)) === piece.checksum) return
    const isCutOff = size <= end && (takesOver || (await this.#isBeginningOf(piece, size)))
    if (size > piece.offset && !isCutOff) {
      throw new MillraceConnectorError(
        'FILE_TARGET_CHANGED',
        `${this.#name} has ${size} bytes where ${piece.offset} were committed, and they are not this job's`,
      )
    }
    if ((await this.#checksum(this.#beside(piece.pending), 0, piece.length)) !== piece.checksum) {
      throw new MillraceConnectorError(
        'FILE_PENDING_LOST',
        `${piece.pending}, with ${piece.length} bytes for ${this.#name}, is gone or damaged`,
      )
    }
    await this.#copy(piece)
    if (size === 0) await syncDirectory(this.#directory)
  }

  /**
   * Cuts off what stands behind an offset: lines of a run that this one replaces.
   *
   * @throws FILE_TARGET_TRUNCATED when there is less.
   */
  async cut(offset: number): Promise<void> {
    const size = await this.size()
    if (size < offset) throw this.#truncated(size, offset)
    if (size === offset) return
    const handle = await open(this.path, 'r+')
    try {
      await handle.truncate(offset)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async #copy(piece: Appendix): Promise<void> {
    const from = await open(this.#beside(piece.pending), 'r')
    let to: FileHandle | undefined
    try {
      // Not 'a': on Linux that writes at the end, whatever the offset. 'r+' needs the file, 'a' makes it.
      await (await open(this.path, 'a')).close()
      to = await open(this.path, 'r+')
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, piece.length))
      for (let at = 0; at < piece.length; ) {
        const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, piece.length - at), at)
        await writeAll(to, chunk.subarray(0, bytesRead), piece.offset + at)
        at += bytesRead
      }
      await to.sync()
    } catch (cause) {
      // So that readers find whole lines; where this fails too, the successor writes over them.
      await to?.truncate(piece.offset).catch(() => undefined)
      throw writeError('FILE_WRITE_FAILED', `${piece.length} bytes could not be appended to ${this.#name}`, cause)
    } finally {
      await from.close()
      await to?.close()
    }
  }

  async #isBeginningOf(piece: Appendix, size: number): Promise<boolean> {
    const length = size - piece.offset
    const mine = await this.#checksum(this.#beside(piece.pending), 0, length)
    return mine !== undefined && mine === (await this.#checksum(this.path, piece.offset, length))
  }

  /** Of a part of a file; `undefined` where the file is not there or too short. */
  async #checksum(path: string, offset: number, length: number): Promise<number | undefined> {
    let handle: FileHandle
    try {
      handle = await open(path, 'r')
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw writeError('FILE_WRITE_FAILED', `${basename(path)} cannot be read`, error)
    }
    try {
      const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, length)))
      let crc = 0
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, length - at), offset + at)
        if (bytesRead === 0) return undefined
        crc = crc32(chunk.subarray(0, bytesRead), crc)
        at += bytesRead
      }
      return crc
    } finally {
      await handle.close()
    }
  }

  #truncated(size: number, expected: number): MillraceConnectorError {
    return new MillraceConnectorError(
      'FILE_TARGET_TRUNCATED',
      `${this.#name} has ${size} bytes where at least ${expected} were committed`,
    )
  }

  #beside(name: string): string {
    return join(this.#directory, name)
  }

  get #name(): string {
    return basename(this.path)
  }
}
