import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FoundWrong } from './command.ts'

/** One change of what is in force. */
export interface Release {
  readonly number: number
  readonly version: string
  readonly at: string
  readonly by: string
  readonly because: string
  /** The release whose rules were put in force again. */
  readonly backTo?: number
}

const HISTORY = 'history.ndjson'
const CURRENT = 'current.rules'
const LOCK = '.releasing'
const PAUSE_MS = 20
const MOST_TRIES = 500

/**
 * A folder of released rules: `current.rules`, which is what runs; `versions/`, each text that ever was in force; and
 * `history.ndjson`, a line for each change. `current.rules` is replaced as a whole: a reader sees the old rules or the new.
 */
export class ReleaseFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  history(): readonly Release[] {
    const file = join(this.#path, HISTORY)
    if (!existsSync(file)) return []
    // What stands behind the last line's end was begun and not written to its end: nothing is added behind it.
    const lines = readFileSync(file, 'utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    return lines.map((line, i) => {
      try {
        return JSON.parse(line) as Release
      } catch {
        throw new FoundWrong(`${HISTORY}, line ${i + 1} is damaged: mend it from a copy, nothing is changed until then`)
      }
    })
  }

  textOf({ number }: Release): string {
    return readFileSync(this.#version(number), 'utf8')
  }

  /**
   * Does what one may do at a time: looks at what is in force, and puts something else in its place.
   *
   * @throws FoundWrong where another holds the folder for longer than a few seconds.
   */
  alone<R>(work: () => R, mostTries: number = MOST_TRIES): R {
    mkdirSync(this.#path, { recursive: true })
    const lock = join(this.#path, LOCK)
    for (let tries = 1; !isTaken(lock); tries++) {
      if (tries >= mostTries) throw new FoundWrong(`${LOCK} says that somebody is releasing: if nobody is, remove it`)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
    try {
      return work()
    } finally {
      rmSync(lock)
    }
  }

  /** Puts a text in force. To be called alone. What is written of it is there before it is, so that whatever runs has its text and its reason. */
  release(text: string, about: Omit<Release, 'number'>): Release {
    const number = (this.history().at(-1)?.number ?? 0) + 1
    const release = { number, ...about }
    mkdirSync(join(this.#path, 'versions'), { recursive: true })
    this.#replace(this.#version(number), text)
    appendFileSync(join(this.#path, HISTORY), `${JSON.stringify(release)}\n`)
    this.#replace(join(this.#path, CURRENT), text)
    return release
  }

  #version(number: number): string {
    return join(this.#path, 'versions', `${String(number).padStart(4, '0')}.rules`)
  }

  #replace(file: string, text: string): void {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
}

function isTaken(lock: string): boolean {
  try {
    writeFileSync(lock, '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}
