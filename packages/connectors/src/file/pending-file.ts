import { type FileHandle, open, rm } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeAll } from './durable.ts'

const BUFFERED_CHARACTERS = 256 * 1024

/** Lines of the checkpoint under way, on their way to a file that no reader looks at. */
export class PendingFile {
  length = 0
  checksum = 0
  readonly #path: string
  #handle: FileHandle | undefined
  #text = ''

  constructor(path: string) {
    this.#path = path
  }

  add(line: string): void {
    this.#text += line
    this.#text += '\n'
  }

  get isFull(): boolean {
    return this.#text.length >= BUFFERED_CHARACTERS
  }

  async flush(): Promise<void> {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text, 'utf8')
    this.#text = ''
    this.#handle ??= await open(this.#path, 'w')
    await writeAll(this.#handle, bytes, this.length)
    this.length += bytes.length
    this.checksum = crc32(bytes, this.checksum)
  }

  /** Everything is on the disk, the folder's entry apart. */
  async finish(): Promise<void> {
    await this.flush()
    await this.#handle?.sync()
    await this.#handle?.close()
    this.#handle = undefined
  }

  async discard(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
    await rm(this.#path, { force: true })
  }
}
