/** What a state machine of an alarm's life gives: the state it is in now, and what has happened, in order. Both plain data. */
export interface Step<S, E> {
  readonly state: S
  readonly events: readonly E[]
}
