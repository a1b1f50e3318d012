import { availableParallelism } from 'node:os'
import { MillraceConnectorError } from '../errors.ts'
import type { Columns } from './column-types.ts'
import { COLUMN_KINDS } from './columns.ts'

export interface LakeOptions {
  /** The lake's folder; made where it is not there. */
  readonly directory: string
  /**
   * What DuckDB may take, such as `512MB` or `2GB`, for queries and for rows that wait for their checkpoint; beyond it,
   * they wait on the disk. Default `1GB`.
   */
  readonly memoryLimit?: string
  /** DuckDB's threads. Default: one less than there are cores, which is the job's; at least one. */
  readonly threads?: number
}

export interface ParsedLakeOptions {
  readonly directory: string
  readonly memoryLimit: string
  readonly threads: number
}

export function parseLakeOptions(options: LakeOptions): ParsedLakeOptions {
  if (options.directory === '') throw invalid('directory is empty')
  const memoryLimit = options.memoryLimit ?? '1GB'
  if (!/^[1-9]\d*(?:\.\d+)? ?[KMGT]i?B$/.test(memoryLimit)) {
    throw invalid(`memoryLimit is '${memoryLimit}', not a size such as '512MB'`)
  }
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > 1024) {
    throw invalid(`threads is ${threads}, not a whole number from 1 to 1,024`)
  }
  return { directory: options.directory, memoryLimit, threads }
}

export interface TableOptions {
  /**
   * What a job that starts from the beginning does with a table that a step of the same id has written to: `refuse`
   * fails with `LAKE_TABLE_EXISTS`, `append` adds to it. Default `refuse`.
   */
  readonly whenExists?: 'refuse' | 'append'
}

export interface TypedTableOptions<C extends Columns> extends TableOptions {
  readonly columns: C
  /**
   * The TIMESTAMP_MS column that says into which day and hour a record belongs. Default: the record's timestamp. Where
   * there is none, both are NULL.
   */
  readonly partitionTime?: { [K in keyof C]: C[K] extends 'TIMESTAMP_MS' ? K : never }[keyof C] & string
}

/** Where a table stands: `curated.vitals`. */
export interface TableName {
  readonly layer: Layer
  readonly name: string
}

export const LAYERS = ['raw', 'staging', 'curated', 'rejects'] as const
export type Layer = (typeof LAYERS)[number]

/** @throws LAKE_TABLE_INVALID */
export function checkTable(table: TableName, columns: Columns, partitionTime: string | undefined): void {
  const problem = (what: string): MillraceConnectorError =>
    new MillraceConnectorError('LAKE_TABLE_INVALID', `${table.layer}.${table.name}: ${what}`)
  if (!isName(table.name)) throw problem('a name has letters, digits and _, at most 64, and no digit first')
  const names = Object.keys(columns)
  if (names.length === 0) throw problem('there are no columns')
  const seen = new Set(['day', 'hour'])
  for (const name of names) {
    if (!isName(name))
      throw problem(`column '${name}': a name has letters, digits and _, at most 64, and no digit first`)
    if (seen.has(name.toLowerCase()))
      throw problem(`column '${name}' is there already (SQL knows no case, day and hour are taken)`)
    seen.add(name.toLowerCase())
    const type = columns[name] as string
    if (!Object.hasOwn(COLUMN_KINDS, type)) {
      throw problem(`column '${name}' has the type '${type}'; there are ${Object.keys(COLUMN_KINDS).join(', ')}`)
    }
  }
  if (partitionTime !== undefined && columns[partitionTime] !== 'TIMESTAMP_MS') {
    throw problem(`partitionTime is '${partitionTime}', which is no TIMESTAMP_MS column`)
  }
}

/** Also what a folder may be called to be taken for a table. */
export function isName(name: string): boolean {
  return /^[A-Za-z_]\w{0,63}$/.test(name)
}

function invalid(what: string): MillraceConnectorError {
  return new MillraceConnectorError('CONNECTOR_OPTION_INVALID', what)
}
