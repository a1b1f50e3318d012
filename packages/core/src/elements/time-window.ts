/** The event-time interval `[start, end)`, in ms since 1970 UTC. */
export interface TimeWindow {
  readonly start: number
  readonly end: number
}
