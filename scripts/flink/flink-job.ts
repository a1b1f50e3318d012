import type { DataStream } from '@millrace/core'
import type { Row } from './compare-rows.ts'
import type { WindowWay } from './window-ways.ts'

/** A reading of the ward: what both run their jobs on. */
export interface Reading {
  readonly patient: string
  readonly kind: string
  /** One decimal; `null` where the device gave none. */
  readonly amount: number | null
  /** A whole number. */
  readonly count: number
  /** When it was measured, ms since 1970 UTC. */
  readonly at: number
}

/** A job that is said twice, in Flink's SQL and here, and gives the same rows. */
export interface FlinkJob {
  readonly name: string
  /** What is shown to be the same, in a line. */
  readonly shows: string
  /** The table `readings`, in the order of its rows: the columns of a `Reading` and `ts`, its event time. */
  readonly readings: readonly Reading[]
  /** A second table, `others`, where the job has two. */
  readonly others?: readonly Reading[]
  /** Of how the session's settings differ from the other jobs'. The time zone is UTC else. */
  readonly settings?: Readonly<Record<string, string>>
  readonly sql: string
  /** Columns that are compared roughly. */
  readonly near?: readonly string[]
  /** Whether Flink changes rows that it has given: each row's newest form is then one more row, as it is here. */
  readonly updates?: boolean
  /** Whether some rows are late for a window: a job that is to say something about them has some. */
  readonly hasLate: boolean
  /** Whether `here` has its windows made by `way`: then it runs once for each of `windowWays`. */
  readonly everyWay?: boolean
  /** The same here: rows with the columns of the SQL. The streams have their event times and watermarks. */
  here(readings: DataStream<Reading>, others: DataStream<Reading>, way: WindowWay): DataStream<Row>
}
