import type { DuckDBConnection, DuckDBValue, DuckDBValueConverter, JS } from '@duckdb/node-api'
import { MillraceConnectorError } from '../errors.ts'
import type { DuckDb } from './duckdb.ts'

/** What may stand in `${}` of a query. It is bound, never made part of the SQL. A Date is a TIMESTAMP in UTC. */
export type QueryParameter = string | number | bigint | boolean | Date | null

/**
 * Runs SQL and gives all rows. 64-bit integers come as numbers while these are exact, else as bigint; timestamps and
 * dates as Date, decimals as numbers.
 *
 * @throws LAKE_QUERY_FAILED
 */
export async function runQuery<Row>(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  parts: readonly string[],
  parameters: readonly QueryParameter[],
): Promise<Row[]> {
  const sql = parts.reduce((text, part, index) => `${text}$${index}${part}`)
  const values = parameters.map((parameter, index) => toDuckDb(duckdb, parameter, index + 1))
  const toJs: DuckDBValueConverter<JS> = (value, type, converter) => {
    const converted = duckdb.JSDuckDBValueConverter(value, type, converter)
    return typeof converted === 'bigint' && Number.isSafeInteger(Number(converted)) ? Number(converted) : converted
  }
  try {
    const reader = await connection.runAndReadAll(sql, values)
    return reader.convertRowObjects(toJs) as Row[]
  } catch (cause) {
    throw queryError(cause)
  }
}

function toDuckDb(duckdb: DuckDb, parameter: unknown, position: number): DuckDBValue {
  if (typeof parameter === 'string' || typeof parameter === 'number') return parameter
  if (typeof parameter === 'bigint' || typeof parameter === 'boolean') return parameter
  if (parameter === null) return null
  if (parameter instanceof Date && !Number.isNaN(parameter.getTime())) {
    return new duckdb.DuckDBTimestampValue(BigInt(parameter.getTime()) * 1000n)
  }
  throw new MillraceConnectorError(
    'CONNECTOR_OPTION_INVALID',
    `parameter ${position} of the query is neither a text, a number, a bigint, a boolean, a valid Date nor null`,
  )
}

/** Errors in the SQL are shown whole. Others may quote what stands in a row: of them only the kind is shown. */
function queryError(cause: unknown): MillraceConnectorError {
  const message = cause instanceof Error ? cause.message : ''
  const kind = /^(?:Failed to [a-z ]+: )?([A-Z][A-Za-z ]{2,40} Error):/.exec(message)?.[1]
  const isAboutSql = kind !== undefined && SHOWN_KINDS.has(kind)
  return isAboutSql
    ? new MillraceConnectorError('LAKE_QUERY_FAILED', `the query failed: ${message}`, { cause })
    : new MillraceConnectorError('LAKE_QUERY_FAILED', `the query failed with a ${kind ?? 'fault of the database'}`)
}

const SHOWN_KINDS: ReadonlySet<string> = new Set([
  'Parser Error',
  'Binder Error',
  'Catalog Error',
  'IO Error',
  'Out of Memory Error',
  'Permission Error',
  'Not implemented Error',
])
