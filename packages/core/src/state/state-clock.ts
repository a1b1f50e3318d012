import { MIN_WATERMARK, NO_TIMESTAMP } from '../elements/timestamp.ts'

/** What keyed state knows of time: the host moves it, states with a TTL and aggregating states read it. */
export class StateClock {
  /** Of the record at hand; a timer's own time. */
  timestamp: number = NO_TIMESTAMP
  /** Of the key at hand: the watermark that it goes by, or the event-time timer that is firing on the way to it. */
  eventTime: number = MIN_WATERMARK
  /** No key goes by an earlier event time than this. */
  leastEventTime: number = MIN_WATERMARK
  /** The job's clock. */
  readonly now: () => number

  constructor(now: () => number = () => Number.NEGATIVE_INFINITY) {
    this.now = now
  }

  /** Event time has come to `time` for all keys. */
  reach(time: number): void {
    this.eventTime = Math.max(this.eventTime, time)
    this.leastEventTime = this.eventTime
  }
}
