import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'

/**
 * The latest timestamp that is believed where one may be `maxFutureMs` ahead of the job's clock. Any is where there is no such
 * limit, or the clock has not begun.
 */
export function believedUpTo(maxFutureMs: number | undefined, now: number): number {
  return maxFutureMs === undefined || now === MIN_WATERMARK ? MAX_WATERMARK : now + maxFutureMs
}
