/** Who gave a patient a limit, by which change, and until when it holds. */
export interface SignedLimit {
  readonly author: string
  /** The change's id. */
  readonly change: string
  /** In ms since 1970 UTC, by the job's clock: from then on it holds no more. Absent where it holds until it is taken away. */
  readonly until?: number
}

/** By patient and name of the limit: those that a change gave. */
export type SignedLimits = Readonly<Record<string, Readonly<Record<string, SignedLimit>>>>
