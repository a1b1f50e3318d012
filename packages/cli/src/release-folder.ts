import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

  /** Puts a text in force. What is written of it is there before it is, so that whatever runs has its text and its reason. */
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
