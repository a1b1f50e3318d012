import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Case, Outcome } from './benchmark.ts'
import type { Answer, Task } from './contender-process.ts'

export interface Measurement {
  readonly contender: string
  /** The median over the rounds. */
  readonly eventsPerSecond: number
  /** Round by round, so that contenders can be held against each other within a round. */
  readonly rates: readonly number[]
  /** The most memory that the process ever held, data and start included. */
  readonly peakMiB: number
  readonly outcome: Outcome
}

export interface CaseResult {
  readonly name: string
  readonly title: string
  readonly events: number
  readonly rounds: number
  /** What a process holds once it has the data and has run nothing. */
  readonly dataMiB: number
  readonly measurements: readonly Measurement[]
  /** True where every contender came to the same outcome. */
  readonly agree: boolean
}

export interface MeasureOptions {
  /** Rounds that count; each runs every contender once, one after the other. */
  readonly rounds: number
  /** Rounds before, for the compiler to settle. */
  readonly warmups: number
  /**
   * All contenders in one process. Only to see how much they disturb each other: the second one's calls are no longer of
   * one shape, and whose memory it is cannot be told.
   */
  readonly together: boolean
}

/**
 * Runs one case. Contenders take turns, so that whatever else the machine does hits all of them; each lives in a process of its
 * own from its first round to its last, so that none runs on code that another has made slow.
 */
export async function measure(which: Case, options: MeasureOptions): Promise<CaseResult> {
  const names = Object.keys(which.contenders)
  const children = new Map<string, ChildProcess>()
  try {
    let ready: Extract<Answer, { kind: 'ready' }> | undefined
    const shared = options.together ? startProcess() : undefined
    for (const name of names) {
      const child = shared ?? startProcess()
      children.set(name, child)
      if (shared && ready) continue
      const wanted = shared ? names : [name]
      const contenders = Object.fromEntries(wanted.map((n) => [n, (which.contenders[n] as URL).href]))
      ready = (await ask(child, { data: which.data.href, contenders } satisfies Task)) as typeof ready
    }
    if (!ready) throw new Error(`${which.name} has no contender`)

    const runs = new Map<string, Extract<Answer, { kind: 'ran' }>[]>(names.map((name) => [name, []]))
    for (let round = 0; round < options.warmups + options.rounds; round++) {
      // Back and forth, so that none is always first.
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const ran = (await ask(children.get(name) as ChildProcess, name)) as Extract<Answer, { kind: 'ran' }>
        if (round >= options.warmups) runs.get(name)?.push(ran)
      }
    }
    const { events } = ready
    const measurements = names.map((name) => summarize(name, events, runs.get(name) ?? []))
    const outcomes = new Set([...runs.values()].flat().map((run) => `${run.outcome.results} ${run.outcome.checksum}`))
    return {
      name: which.name,
      title: which.title,
      events,
      rounds: options.rounds,
      dataMiB: mebibytes(ready.dataBytes),
      measurements,
      agree: outcomes.size === 1,
    }
  } finally {
    for (const child of children.values()) child.kill()
  }
}

function startProcess(): ChildProcess {
  return fork(join(import.meta.dirname, 'contender-process.ts'), {
    execArgv: ['--conditions=@millrace/source', '--expose-gc'],
  })
}

async function ask(child: ChildProcess, message: Task | string): Promise<Answer> {
  const gone = new AbortController()
  const exit = once(child, 'exit', { signal: gone.signal }).then(() => {
    throw new Error('a contender has ended its process')
  })
  exit.catch(() => {})
  child.send(message)
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal: gone.signal }), exit])) as [Answer]
    return answer
  } finally {
    gone.abort()
  }
}

function summarize(contender: string, events: number, runs: readonly Extract<Answer, { kind: 'ran' }>[]): Measurement {
  const rates = runs.map((run) => Math.round((events * 1000) / run.ms))
  return {
    contender,
    eventsPerSecond: median(rates),
    rates,
    peakMiB: mebibytes(Math.max(...runs.map((run) => run.peakBytes))),
    outcome: (runs[0] as Extract<Answer, { kind: 'ran' }>).outcome,
  }
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
