import { MillraceConnectorError } from '../errors.ts'

/** What a timer of Node takes: a longer one would fire at once. */
const HIGHEST = 2 ** 31 - 1

/**
 * Checks a number of ms or of times.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function atLeast(lowest: number, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= lowest && value <= HIGHEST) return value
  throw new MillraceConnectorError(
    'CONNECTOR_OPTION_INVALID',
    `${name} is ${value}, not a whole number from ${lowest} to ${HIGHEST}`,
  )
}
