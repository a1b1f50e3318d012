// The process of a contender: loads its module and the data, then runs once each time it is told to.
import { cpuUsage, memoryUsage, resourceUsage } from 'node:process'
import { setImmediate as macrotask } from 'node:timers/promises'
import type { Make, Outcome, Run, RunClock } from './benchmark.ts'

export interface Task {
  readonly data: string
  readonly contenders: Readonly<Record<string, string>>
}

/** Answers to `Task`: what is held before any run; and to a contender's name: one run. */
export type Answer =
  | { readonly kind: 'ready'; readonly events: number; readonly dataBytes: number }
  | {
      readonly kind: 'ran'
      readonly outcome: Outcome
      readonly ms: number
      /** Of all threads of the process. */
      readonly cpuMs: number
      readonly peakBytes: number
    }

const runs = new Map<string, Run<unknown>>()
let data: unknown

async function load(task: Task): Promise<Answer> {
  const { make } = (await import(task.data)) as { make: Make<unknown> }
  const made = await make()
  data = made.data
  for (const [name, url] of Object.entries(task.contenders)) {
    runs.set(name, ((await import(url)) as { run: Run<unknown> }).run)
  }
  globalThis.gc?.()
  return { kind: 'ready', events: made.events, dataBytes: memoryUsage.rss() }
}

async function runOnce(name: string): Promise<Answer> {
  const run = runs.get(name) as Run<unknown>
  // A run starts on a clean heap: it pays for its own garbage, not for the last one's.
  globalThis.gc?.()
  await macrotask()
  const stopwatch = new Stopwatch()
  const outcome = await run(data, stopwatch)
  stopwatch.stop()
  const { ms, cpuMs } = stopwatch
  return { kind: 'ran', outcome, ms, cpuMs, peakBytes: resourceUsage().maxRSS * 1024 }
}

class Stopwatch implements RunClock {
  ms = 0
  cpuMs = 0
  #isRunning = true
  #startedAt = performance.now()
  #startedWith = cpuUsage()

  start(): void {
    this.#isRunning = true
    this.#startedAt = performance.now()
    this.#startedWith = cpuUsage()
  }

  stop(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    const { user, system } = cpuUsage(this.#startedWith)
    this.cpuMs = (user + system) / 1_000
    this.ms = performance.now() - this.#startedAt
  }
}

process.on('message', (message: Task | string) => {
  const answer = typeof message === 'string' ? runOnce(message) : load(message)
  answer.then(
    (told) => process.send?.(told),
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
})
