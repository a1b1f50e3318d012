import { MillraceConnectorError } from '../errors.ts'
import type { CsvSyntax } from './csv-rows.ts'
import { rowLimit } from './row-limit.ts'
import type { Schema } from './schema.ts'

export interface CsvOptions<T> {
  /** Names by position. Default: taken from the header line. */
  readonly columns?: readonly string[]
  /** Whether the first row is a header. With `columns` it is then skipped. Default: true without `columns`. */
  readonly header?: boolean
  /** Names that the header must have, else `FORMAT_CSV_COLUMN_MISSING`; others may be there, in any order. */
  readonly requires?: readonly string[]
  /** Makes a record of an object of texts by column name. */
  readonly schema?: Schema<T>
  /** One ASCII character. Default `,`. */
  readonly delimiter?: string
  /** One ASCII character, escaped by doubling. Default `"`. */
  readonly quote?: string
  /** Takes white space around fields away. Default true. */
  readonly trim?: boolean
  /** A row with more bytes becomes a reject, and is not kept in memory. Default 1,048,576. */
  readonly maxRowBytes?: number
}

export interface ParsedCsvOptions<T> {
  readonly columns: readonly string[] | undefined
  readonly header: boolean
  readonly requires: readonly string[]
  readonly schema: Schema<T> | undefined
  readonly syntax: CsvSyntax
  readonly maxRowBytes: number
}

export function parseCsvOptions<T>(options: CsvOptions<T>): ParsedCsvOptions<T> {
  const header = options.header ?? options.columns === undefined
  const syntax = { delimiter: options.delimiter ?? ',', quote: options.quote ?? '"', trim: options.trim ?? true }
  for (const [name, value] of [['delimiter', syntax.delimiter] as const, ['quote', syntax.quote] as const]) {
    if (!/^[\t\x20-\x7e]$/.test(value)) throw invalid(`${name} is ${JSON.stringify(value)}, not one ASCII character`)
  }
  if (syntax.delimiter === syntax.quote) throw invalid(`delimiter and quote are both ${JSON.stringify(syntax.quote)}`)
  if (syntax.trim && syntax.quote.trim() === '') throw invalid('quote is white space')
  if (!header && options.columns === undefined) throw invalid('header is false and there are no columns')
  const problem = options.columns === undefined ? undefined : columnsProblem(options.columns)
  if (problem !== undefined) throw invalid(`columns are [${options.columns?.join(', ')}]: ${problem}`)
  return {
    columns: options.columns,
    header,
    requires: options.requires ?? [],
    schema: options.schema,
    syntax,
    maxRowBytes: rowLimit(options.maxRowBytes),
  }
}

/**
 * The names of the columns, once the header line is known. The header's own text is in no message: a file without one
 * would show its first patient.
 *
 * @throws FORMAT_CSV_HEADER_INVALID, FORMAT_CSV_COLUMN_MISSING
 */
export function checkColumns(
  options: ParsedCsvOptions<unknown>,
  names: readonly string[],
  split: string,
): readonly string[] {
  if (options.columns !== undefined) {
    if (names.length === options.columns.length) return options.columns
    throw new MillraceConnectorError(
      'FORMAT_CSV_HEADER_INVALID',
      `the header line of ${split} has ${names.length} names where columns has ${options.columns.length}`,
    )
  }
  const trimmed = names.map((name) => name.trim())
  const problem = columnsProblem(trimmed)
  if (problem !== undefined) {
    throw new MillraceConnectorError('FORMAT_CSV_HEADER_INVALID', `the header line of ${split}: ${problem}`)
  }
  const missing = options.requires.filter((name) => !trimmed.includes(name))
  if (missing.length === 0) return trimmed
  throw new MillraceConnectorError(
    'FORMAT_CSV_COLUMN_MISSING',
    `${split} has no column ${missing.map((name) => `'${name}'`).join(', ')}`,
  )
}

function columnsProblem(names: readonly string[]): string | undefined {
  if (names.length === 0) return 'there is none'
  const seen = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    if (name === '') return `column ${index + 1} has no name`
    if (name === '__proto__') return `column ${index + 1} has a name that no object can hold`
    const before = seen.get(name)
    if (before !== undefined) return `columns ${before + 1} and ${index + 1} have the same name`
    seen.set(name, index)
  }
  return undefined
}

function invalid(what: string): MillraceConnectorError {
  return new MillraceConnectorError('CONNECTOR_OPTION_INVALID', what)
}
