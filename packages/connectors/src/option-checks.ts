import { type Duration, parseDuration } from '@millrace/core/connector'
import { MillraceConnectorError } from './errors.ts'

/** What a timer of Node takes: a longer one would fire at once. */
export const LONGEST_MS: number = 2 ** 31 - 1

/** What a check of an option says: which one, by its path (`batch.linger`), and what is wrong with it. */
export function invalidOption(path: string, what: string): MillraceConnectorError {
  return new MillraceConnectorError('CONNECTOR_OPTION_INVALID', `${path} ${what}`)
}

/** @throws CONNECTOR_OPTION_INVALID */
export function wholeNumber(path: string, value: number, lowest: number, highest: number): number {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return value
  throw invalidOption(path, `is ${String(value)}, not a whole number from ${lowest} to ${highest}`)
}

/**
 * A duration in ms, from `lowestMs` to `highestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function durationMs(
  path: string,
  value: Duration,
  lowestMs: number = 0,
  highestMs: number = LONGEST_MS,
): number {
  let ms: number
  try {
    ms = parseDuration(value, path)
  } catch {
    throw invalidOption(path, `is ${shown(value)}, not a duration such as '30s' or a number of ms`)
  }
  if (ms >= lowestMs && ms <= highestMs) return ms
  throw invalidOption(path, `is ${shown(value)}, not from ${lowestMs} to ${highestMs} ms`)
}

/** A text that is not empty. @throws CONNECTOR_OPTION_INVALID */
export function text(path: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw invalidOption(path, `is ${shown(value)}, not a text`)
}

/** @throws CONNECTOR_OPTION_INVALID */
export function oneOf<const T extends string>(path: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw invalidOption(path, `is ${shown(value)}, none of ${choices.map(shown).join(', ')}`)
}

/** @throws CONNECTOR_OPTION_INVALID */
export function functionOption<F>(path: string, value: F): F {
  if (typeof value === 'function' || value === undefined) return value
  throw invalidOption(path, `is ${shown(value)}, not a function`)
}

/**
 * That the options are an object without a name that nobody reads: a misspelt option would be passed over in silence.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function checkNames(path: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption(path === '' ? 'the options' : path, `is ${shown(options)}, not an object`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw invalidOption(path === '' ? name : `${path}.${name}`, `is no option; there are ${known.join(', ')}`)
  }
}

/** A caller's value, short. Never used for secrets. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
