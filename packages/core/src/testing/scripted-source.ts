import type { Source, SourceBatch, SplitReader } from '../operators/sources/source.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type { ManualClock } from './manual-clock.ts'

/** Something other than a record that happens to a scripted source. */
export interface ScriptMark {
  readonly [MARK]: 'crash' | 'idle' | 'end'
  readonly ms: number
}

const MARK: unique symbol = Symbol('millrace.script')

/** The job fails here, once: after its restart the source goes past this place. */
export function crash(): ScriptMark {
  return { [MARK]: 'crash', ms: 0 }
}

/** Nothing comes for so long. For a job on a manual clock, which this moves: see `JobTestOptions.clock`. */
export function idle(duration: Duration): ScriptMark {
  return { [MARK]: 'idle', ms: parseDuration(duration) }
}

/** The input ends here. A script that does not say so ends with its last element. */
export function end(): ScriptMark {
  return { [MARK]: 'end', ms: 0 }
}

/** Records, and what happens between them, as data. One split; its position is the number of elements passed. */
export interface ScriptedSource<T> {
  /** The source itself; `clock` is moved by `idle`. */
  readonly source: (clock: ManualClock | undefined) => Source<T>
}

/**
 * A source that gives what it was told to: `scripted(reading('p1', 0), crash(), reading('p1', 5), end())`.
 */
export function scripted<T>(...elements: readonly (T | ScriptMark)[]): ScriptedSource<T> {
  // What has happened in this test, through all attempts of the job.
  const crashed = new Set<number>()
  return {
    source: (clock) => ({
      kind: 'scripted',
      bounded: true,
      replayable: true,
      createEnumerator: () => ({ discover: () => [{ id: 'script' }] }),
      createReader: () => ({
        openSplit: (_split, position) =>
          new ScriptReader(elements, (position as number | undefined) ?? 0, crashed, clock),
      }),
    }),
  }
}

class ScriptReader<T> implements SplitReader<T> {
  readonly #elements: readonly (T | ScriptMark)[]
  readonly #crashed: Set<number>
  readonly #clock: ManualClock | undefined
  #index: number

  constructor(
    elements: readonly (T | ScriptMark)[],
    index: number,
    crashed: Set<number>,
    clock: ManualClock | undefined,
  ) {
    this.#elements = elements
    this.#index = index
    this.#crashed = crashed
    this.#clock = clock
  }

  /** One record at a time, each with a turn of the event loop before it: a checkpoint can stand between any two. */
  async read(): Promise<SourceBatch<T> | undefined> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    while (this.#index < this.#elements.length) {
      const at = this.#index
      const element = this.#elements[at] as T | ScriptMark
      this.#index += 1
      if (!isMark(element)) return { values: [element], position: this.#index }
      if (element[MARK] === 'end') break
      if (element[MARK] === 'idle') await this.#idle(element.ms)
      else if (!this.#crashed.has(at)) {
        this.#crashed.add(at)
        throw new Error(`scripted crash at element ${at + 1}`)
      }
    }
    this.#index = this.#elements.length
    return undefined
  }

  async #idle(ms: number): Promise<void> {
    this.#clock?.advance(ms)
    // Time for the job to see where its clock stands.
    for (let turns = 0; turns < 3; turns++) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, 0)
      })
    }
  }
}

function isMark(element: unknown): element is ScriptMark {
  return typeof element === 'object' && element !== null && MARK in element
}
