import { isAbsolute, normalize, sep } from 'node:path'
import { MillraceConnectorError } from '../errors.ts'
import type { Format, LineFormat } from '../formats/format.ts'
import { wholeNumber } from '../option-checks.ts'

/** Where a record was read. */
export interface RowPlace {
  /** The split's id: the path relative to `directory`, or as given in `paths`; always with `/`. */
  readonly file: string
  /** The line on which it begins; the first is 1. */
  readonly line: number
}

export interface FileSourceOptions<T, R = T> {
  /** Files to read. Either this or `directory`. */
  readonly paths?: readonly string[]
  /** A folder: every file in it is read, but those whose names begin with a dot. */
  readonly directory?: string
  /** Only files of the folder with one of these endings, such as `.csv`. Default: all. */
  readonly extensions?: readonly string[]
  /** Whether folders in the folder are read too. Default false. */
  readonly recursive?: boolean
  readonly format: Format<T>
  /** Makes the record of what the format gives and of its place. Called once a record; what it throws fails the job. */
  readonly map?: (value: T, place: RowPlace) => R
  /** How much is read at once, for each file. Default 131,072. */
  readonly chunkBytes?: number
  /** How many files are held open; others are opened again when their turn comes. Default 128. */
  readonly maxOpenFiles?: number
}

export interface ParsedFileSourceOptions<T, R> {
  readonly paths: readonly string[] | undefined
  readonly directory: string
  readonly extensions: readonly string[] | undefined
  readonly recursive: boolean
  readonly format: Format<T>
  readonly map: ((value: T, place: RowPlace) => R) | undefined
  readonly chunkBytes: number
  readonly maxOpenFiles: number
}

export function parseFileSourceOptions<T, R>(options: FileSourceOptions<T, R>): ParsedFileSourceOptions<T, R> {
  if ((options.paths === undefined) === (options.directory === undefined)) {
    throw invalid('a file source takes either paths or directory')
  }
  if (options.paths?.length === 0) throw invalid('paths is empty')
  const paths = options.paths?.map(splitId)
  for (const [index, path] of (paths ?? []).entries()) {
    if (paths?.indexOf(path) !== index) throw invalid(`paths names ${path} twice`)
  }
  for (const extension of options.extensions ?? []) {
    if (!/^\.[^/\\]+$/.test(extension)) throw invalid(`extensions has '${extension}', which does not begin with a dot`)
  }
  if (paths !== undefined && options.extensions !== undefined) throw invalid('extensions goes with directory only')
  return {
    paths,
    directory: options.directory ?? '',
    extensions: options.extensions,
    recursive: options.recursive ?? false,
    format: options.format,
    map: options.map,
    chunkBytes: wholeNumber('chunkBytes', options.chunkBytes ?? 128 * 1024, 1, 64 * 1024 * 1024),
    maxOpenFiles: wholeNumber('maxOpenFiles', options.maxOpenFiles ?? 128, 1, 65_536),
  }
}

export interface FileSinkOptions<T> {
  /** The file that grows; its folder is made where it is not there. It belongs to this sink alone. */
  readonly path: string
  /** How a record becomes a line, such as `json()`. */
  readonly format: LineFormat<T>
  /**
   * What a job that starts from the beginning does with a target that holds something already: `refuse` fails with
   * `FILE_TARGET_EXISTS`, `append` keeps it and goes on behind it. Default `refuse`.
   */
  readonly whenExists?: 'refuse' | 'append'
}

export interface ParsedFileSinkOptions<T> {
  readonly path: string
  readonly format: LineFormat<T>
  readonly whenExists: 'refuse' | 'append'
}

export function parseFileSinkOptions<T>(options: FileSinkOptions<T>): ParsedFileSinkOptions<T> {
  if (options.path === '') throw invalid('path is empty')
  const whenExists = options.whenExists ?? 'refuse'
  if (whenExists !== 'refuse' && whenExists !== 'append') throw invalid(`whenExists is '${String(whenExists)}'`)
  return { path: options.path, format: options.format, whenExists }
}

function splitId(path: string): string {
  if (path === '') throw invalid('paths has an empty path')
  const clean = normalize(path)
  return isAbsolute(clean) || sep === '/' ? clean : clean.split(sep).join('/')
}

function invalid(what: string): MillraceConnectorError {
  return new MillraceConnectorError('CONNECTOR_OPTION_INVALID', what)
}
