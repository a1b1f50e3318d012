import { type FileHandle, open } from 'node:fs/promises'

/** Files held open for reading, the least recently used closed where there are too many. */
export class OpenFiles {
  readonly #limit: number
  /** In the order of use, the latest last. */
  readonly #handles = new Map<string, FileHandle>()
  readonly #busy = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Runs `read` on the open file. One call at a time a path. */
  async use<R>(path: string, read: (handle: FileHandle) => Promise<R>): Promise<R> {
    this.#busy.add(path)
    try {
      const handle = this.#handles.get(path) ?? (await open(path, 'r'))
      this.#handles.delete(path)
      this.#handles.set(path, handle)
      return await read(handle)
    } finally {
      this.#busy.delete(path)
      await this.#closeExcess()
    }
  }

  async release(path: string): Promise<void> {
    const handle = this.#handles.get(path)
    this.#handles.delete(path)
    await handle?.close()
  }

  async close(): Promise<void> {
    for (const path of [...this.#handles.keys()]) await this.release(path)
  }

  async #closeExcess(): Promise<void> {
    for (const path of this.#handles.keys()) {
      if (this.#handles.size <= this.#limit) return
      if (!this.#busy.has(path)) await this.release(path)
    }
  }
}
