import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface JobExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A job in a process of its own: its output so far, line by line, and its end. */
export class KillableJob {
  readonly lines: string[] = []
  readonly exited: Promise<JobExit>
  isRunning = true
  readonly #child: ChildProcess
  readonly #startedAt = performance.now()
  readonly #listeners = new Set<() => void>()

  /** Starts `command` with `args` in a process group of its own, so that all of it can be killed at once. */
  constructor(command: readonly string[], args: readonly string[]) {
    const [program = '', ...first] = command
    this.#child = spawn(program, [...first, ...args], {
      cwd: join(import.meta.dirname, '..'),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = ''
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        this.lines.push(...lines)
        this.#changed()
      })
      stream?.on('end', () => {
        if (rest !== '') this.lines.push(rest)
      })
    }
    this.exited = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', (code, signal) => {
        this.isRunning = false
        resolve({ code, signal })
        this.#changed()
      })
    })
  }

  /** How long it has been running, in ms. */
  get runningMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Resolves with the match when a line matches; with `undefined` on the other line, at the end, and when time is up. */
  async waitFor(pattern: RegExp, other: RegExp, timeoutMs: number): Promise<RegExpMatchArray | undefined> {
    return await new Promise((resolve) => {
      const check = (): void => {
        const found = this.lines.map((line) => line.match(pattern)).find((match) => match !== null)
        if (found != null || !this.isRunning || this.lines.some((line) => other.test(line))) end(found ?? undefined)
      }
      const end = (found: RegExpMatchArray | undefined): void => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        resolve(found)
      }
      const timer = setTimeout(() => end(undefined), timeoutMs)
      this.#listeners.add(check)
      check()
    })
  }

  /** Resolves with the next line that matches, of those from now on; with `undefined` at the end, and when time is up. */
  async next(pattern: RegExp, timeoutMs: number): Promise<RegExpMatchArray | undefined> {
    return await new Promise((resolve) => {
      let seen = this.lines.length
      const check = (): void => {
        while (seen < this.lines.length) {
          const match = (this.lines[seen++] as string).match(pattern)
          if (match === null) continue
          end(match)
          return
        }
        if (!this.isRunning) end(undefined)
      }
      const end = (found: RegExpMatchArray | undefined): void => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        resolve(found)
      }
      const timer = setTimeout(() => end(undefined), timeoutMs)
      this.#listeners.add(check)
      check()
    })
  }

  /** Sends the signal to the whole process group; one that has ended gets none. */
  signal(name: NodeJS.Signals): void {
    if (this.isRunning && this.#child.pid !== undefined) process.kill(-this.#child.pid, name)
  }

  /** Kills the whole process group with SIGKILL, and waits until it is gone. */
  async kill(): Promise<JobExit> {
    this.signal('SIGKILL')
    return await this.exited
  }

  /** @throws with the last lines where the job did not end well by itself. */
  async succeed(): Promise<void> {
    const { code, signal } = await this.exited
    if (code === 0) return
    throw new Error(`the job ended with ${signal ?? `code ${code}`}:\n${this.lines.slice(-20).join('\n')}`)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
