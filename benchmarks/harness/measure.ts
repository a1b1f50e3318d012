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
  /** Microseconds of CPU an event, of all threads of the process: the median over the rounds. */
  readonly cpuMicros: number
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
 * Runs cases side by side. Contenders take turns, and so do the cases, so that whatever else the machine does hits all of them; each
 * contender lives in a process of its own from its first round to its last, so that none runs on code that another has made slow.
 */
export async function measure(cases: readonly Case[], options: MeasureOptions): Promise<CaseResult[]> {
  const running: RunningCase[] = []
  try {
    for (const which of cases) running.push(await startCase(which, options.together))
    for (let round = 0; round < options.warmups + options.rounds; round++) {
      for (const each of running) {
        // Back and forth, so that none is always first.
        const names = [...each.runs.keys()]
        for (const name of round % 2 === 0 ? names : names.toReversed()) {
          const ran = (await ask(each.children.get(name) as ChildProcess, name)) as Ran
          if (round >= options.warmups) each.runs.get(name)?.push(ran)
        }
      }
    }
    return running.map((each) => resultOf(each, options.rounds))
  } finally {
    for (const { children } of running) for (const child of children.values()) child.kill()
  }
}

type Ready = Extract<Answer, { kind: 'ready' }>
type Ran = Extract<Answer, { kind: 'ran' }>

interface RunningCase {
  readonly which: Case
  readonly children: ReadonlyMap<string, ChildProcess>
  readonly ready: Ready
  /** By contender. */
  readonly runs: ReadonlyMap<string, Ran[]>
}

async function startCase(which: Case, together: boolean): Promise<RunningCase> {
  const names = Object.keys(which.contenders)
  const children = new Map<string, ChildProcess>()
  let ready: Ready | undefined
  const shared = together ? startProcess() : undefined
  for (const name of names) {
    const child = shared ?? startProcess()
    children.set(name, child)
    if (shared && ready) continue
    const wanted = shared ? names : [name]
    const contenders = Object.fromEntries(wanted.map((n) => [n, (which.contenders[n] as URL).href]))
    ready = (await ask(child, { data: which.data.href, contenders } satisfies Task)) as Ready
  }
  if (!ready) throw new Error(`${which.name} has no contender`)
  return { which, children, ready, runs: new Map(names.map((name) => [name, []])) }
}

function resultOf({ which, ready, runs }: RunningCase, rounds: number): CaseResult {
  const measurements = [...runs].map(([name, ran]) => summarize(name, ready.events, ran))
  const outcomes = new Set([...runs.values()].flat().map((run) => `${run.outcome.results} ${run.outcome.checksum}`))
  return {
    name: which.name,
    title: which.title,
    events: ready.events,
    rounds,
    dataMiB: mebibytes(ready.dataBytes),
    measurements,
    agree: outcomes.size === 1,
  }
}

function startProcess(): ChildProcess {
  return fork(join(import.meta.dirname, 'contender-process.ts'), {
    // Of which kafkajs has some.
    execArgv: ['--conditions=@millrace/source', '--expose-gc', '--disable-warning=TimeoutNegativeWarning'],
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
    cpuMicros: Number(median(runs.map((run) => (run.cpuMs * 1000) / events)).toPrecision(3)),
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
