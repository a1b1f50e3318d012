import { MillraceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'

/** Whether, and after what pause, a failed job is started again from its last checkpoint. Immutable; pure. */
export interface RestartStrategy {
  readonly kind: string
  /**
   * The pause before the next attempt in ms; `undefined`: give up. `failures` are the wall-clock times of the failures so far,
   * the newest last.
   */
  delayMs(failures: readonly number[]): number | undefined
}

/** A failure ends the job. The default. */
export function noRestart(): RestartStrategy {
  return { kind: 'none', delayMs: () => undefined }
}

/** Starts again at most so many times, each after the same pause. */
export function fixedDelayRestart(attempts: number, delay: Duration): RestartStrategy {
  checkCount(attempts, 'attempts')
  const delayMs = parseDuration(delay, 'the delay of a restart')
  return { kind: 'fixed-delay', delayMs: (failures) => (failures.length <= attempts ? delayMs : undefined) }
}

export interface ExponentialDelayOptions {
  /** Default 1 s. */
  readonly initial?: Duration
  /** Default 1 m. */
  readonly max?: Duration
  /** Default 2. */
  readonly factor?: number
  /** After so long without a failure the pause is the initial one again. Default 10 m. */
  readonly resetAfter?: Duration
}

/** Starts again always, after pauses that grow while the job keeps failing. */
export function exponentialDelayRestart(options: ExponentialDelayOptions = {}): RestartStrategy {
  const initial = parseDuration(options.initial ?? '1s', 'initial')
  const max = parseDuration(options.max ?? '1m', 'max')
  const resetAfter = parseDuration(options.resetAfter ?? '10m', 'resetAfter')
  const factor = options.factor ?? 2
  if (!(factor >= 1 && Number.isFinite(factor))) {
    throw new MillraceError('CORE_OPTION_INVALID', `the factor of a restart was ${factor}; it is 1 or more`)
  }
  return {
    kind: 'exponential-delay',
    delayMs: (failures) => {
      let inARow = 0
      for (let i = failures.length - 1; i > 0; i--) {
        if ((failures[i] as number) - (failures[i - 1] as number) > resetAfter) break
        inARow += 1
      }
      return Math.min(max, initial * factor ** inARow)
    },
  }
}

/** Starts again while there are at most so many failures within the interval. */
export function failureRateRestart(maxFailures: number, interval: Duration, delay: Duration): RestartStrategy {
  checkCount(maxFailures, 'maxFailures')
  const intervalMs = parseDuration(interval, 'the interval of a restart')
  const delayMs = parseDuration(delay, 'the delay of a restart')
  return {
    kind: 'failure-rate',
    delayMs: (failures) => {
      const newest = failures.at(-1) ?? 0
      return failures.filter((at) => newest - at < intervalMs).length <= maxFailures ? delayMs : undefined
    },
  }
}

function checkCount(count: number, what: string): void {
  if (Number.isSafeInteger(count) && count >= 0) return
  throw new MillraceError('CORE_OPTION_INVALID', `${what} was ${count}; it is a whole number of 0 or more`)
}
