import type { CaseResult } from './measure.ts'

/**
 * What a benchmark folder's `suite.ts` exports as `suite`: cases, each run by several contenders on the same data.
 *
 * A contender is a module that exports `run` (see `Run`), the data a module that exports `make` (see `Make`). They are named
 * and not imported, since each contender runs in a process of its own.
 */
export interface Suite {
  readonly title: string
  readonly cases: readonly Case[]
  /** A line about several cases together, where there is something to say. */
  readonly summary?: (results: readonly CaseResult[]) => string | undefined
  /** What has to hold, and is not a matter of speed. */
  readonly checks?: readonly Check[]
  /** Starts what the contenders need beside them, such as a server. They find it by the environment of the process. */
  readonly surroundings?: () => Promise<Surroundings>
}

export interface Surroundings {
  close(): Promise<void>
}

/** A program that prints what it finds and exits with another code than 0 where that is not as it has to be. */
export interface Check {
  readonly name: string
  readonly title: string
  readonly program: URL
}

export interface Case {
  readonly name: string
  readonly title: string
  readonly data: URL
  /** By name, such as `millrace`, `loop`, `rxjs`. All have to end with the same outcome. */
  readonly contenders: Readonly<Record<string, URL>>
  /** Ratios to hold on to: at least this many times the other contender's speed. Shown, not enforced. */
  readonly aims: Readonly<Record<string, number>>
  /** Memory to hold on to: at most so many bytes a key and window, where contenders tell. Shown, not enforced. */
  readonly mostBytesEach?: number
  /** Cases of one group take turns, round by round: what they cost is compared. */
  readonly group?: string
}

/** Makes the data; the same each time. */
export type Make<Data> = () => Made<Data> | Promise<Made<Data>>

export interface Made<Data> {
  readonly data: Data
  readonly events: number
}

/** Takes all the data once, and tells what came out of it. */
export type Run<Data> = (data: Data, clock: RunClock) => Outcome | Promise<Outcome>

/** What of a run is measured: all of it, where it says nothing. */
export interface RunClock {
  /** What counts begins here; what was measured before is forgotten. */
  start(): void
  /** It ends here: what follows is closing, or looking at what came out. */
  stop(): void
}

/** What came out: how many results, and a checksum over all of them that does not depend on their order. */
export interface Outcome {
  readonly results: number
  readonly checksum: number
  /** Bytes held for a key and window, where that is what is measured. Not compared. */
  readonly bytesEach?: number
}
