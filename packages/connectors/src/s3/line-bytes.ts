import { once } from 'node:events'
import { createGzip, type Gzip } from 'node:zlib'

/** Lines on their way to the bytes of one object, compressed or not. */
export interface LineBytes {
  /** What has come out and was not taken yet. */
  readonly length: number
  add(text: string): void | Promise<void>
  /** All that has come out, once the last line is in. */
  end(): Promise<void>
  /** The first bytes of what has come out; they are the caller's from then on. */
  take(bytes: number): Buffer
}

export function lineBytes(gzip: boolean): LineBytes {
  return gzip ? new GzipBytes() : new PlainBytes()
}

class PlainBytes implements LineBytes {
  readonly #chunks = new Chunks()

  get length(): number {
    return this.#chunks.length
  }

  add(text: string): void {
    this.#chunks.push(Buffer.from(text))
  }

  async end(): Promise<void> {}

  take(bytes: number): Buffer {
    return this.#chunks.take(bytes)
  }
}

class GzipBytes implements LineBytes {
  readonly #chunks = new Chunks()
  readonly #gzip: Gzip = createGzip()

  constructor() {
    this.#gzip.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
  }

  get length(): number {
    return this.#chunks.length
  }

  add(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gzip.write(text, (error) => (error ? reject(error) : resolve()))
    })
  }

  async end(): Promise<void> {
    this.#gzip.end()
    await once(this.#gzip, 'end')
  }

  take(bytes: number): Buffer {
    return this.#chunks.take(bytes)
  }
}

class Chunks {
  length = 0
  #chunks: Buffer[] = []

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.length += chunk.length
  }

  take(bytes: number): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    const rest = all.subarray(bytes)
    this.#chunks = rest.length === 0 ? [] : [Buffer.from(rest)]
    this.length = rest.length
    return all.subarray(0, bytes)
  }
}
