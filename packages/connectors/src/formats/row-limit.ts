import { wholeNumber } from '../option-checks.ts'

const DEFAULT_BYTES = 1024 * 1024

/**
 * Checks the limit on a row's bytes.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function rowLimit(maxRowBytes: number = DEFAULT_BYTES): number {
  return wholeNumber('maxRowBytes', maxRowBytes, 1, 2 ** 28)
}
