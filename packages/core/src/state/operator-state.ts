/** State of an operator as a whole: a list of entries, dealt out anew when the job is rescaled. Plain data. */
export interface OperatorListState<T> {
  get(): readonly T[]
  update(values: readonly T[]): void
}

export interface OperatorStateStore {
  /** The list of this name: what a snapshot restored, or empty. */
  list<T>(name: string): OperatorListState<T>
}
