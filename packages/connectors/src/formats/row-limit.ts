import { MillraceConnectorError } from '../errors.ts'

const DEFAULT_BYTES = 1024 * 1024

/**
 * Checks the limit on a row's bytes.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function rowLimit(maxRowBytes: number = DEFAULT_BYTES): number {
  if (Number.isSafeInteger(maxRowBytes) && maxRowBytes >= 1 && maxRowBytes <= 2 ** 28) return maxRowBytes
  throw new MillraceConnectorError(
    'CONNECTOR_OPTION_INVALID',
    `maxRowBytes is ${maxRowBytes}, not a whole number from 1 to 268,435,456`,
  )
}
