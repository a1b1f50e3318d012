import { shown } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'

/** A length of time as a person writes it: `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'7d'`, or a number of ms. */
export type Duration = number | string

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A duration in ms.
 *
 * @throws CORE_DURATION_INVALID for anything but a whole number of ms that is zero or more.
 * @example
 * ```ts
 * import { parseDuration } from '@millrace/core'
 * parseDuration('5m') // => 300_000
 * ```
 */
export function parseDuration(duration: Duration, what = 'a duration'): number {
  const ms = typeof duration === 'number' ? duration : textToMs(duration)
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new MillraceError('CORE_DURATION_INVALID', `${what} was ${shown(duration)}`)
  }
  return ms
}

/** The same for a duration that may not be zero. @throws CORE_DURATION_INVALID */
export function parsePositiveDuration(duration: Duration, what: string): number {
  const ms = parseDuration(duration, what)
  if (ms > 0) return ms
  throw new MillraceError('CORE_DURATION_INVALID', `${what} was ${shown(duration)}`)
}

function textToMs(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(text)
  if (match === null) return Number.NaN
  // 1.1 s is 1,100.0000000000001 ms in doubles: what is meant is the nearest whole ms, if the text says one.
  const ms = Number(match[1]) * (UNIT_MS[match[2] as string] as number)
  const whole = Math.round(ms)
  return Math.abs(ms - whole) < 1e-6 ? whole : Number.NaN
}

/** Seconds in ms. */
export function seconds(n: number): number {
  return n * 1_000
}

/** Minutes in ms. */
export function minutes(n: number): number {
  return n * 60_000
}

/** Hours in ms. */
export function hours(n: number): number {
  return n * 3_600_000
}
