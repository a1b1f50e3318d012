import { basename } from 'node:path'
import { fileSource } from '@millrace/connectors/file'
import {
  csv,
  type DecodedRows,
  type Decoder,
  type DecoderContext,
  type Format,
  json,
  MillraceConnectorError,
} from '@millrace/connectors/formats'
import type { Source } from '@millrace/core/connector'
import { columnOf, isFault, readRow } from './read-row.ts'
import { type Received, VITAL_NAMES } from './reading.ts'

/**
 * Readings of every CSV and NDJSON file in a folder. A file is one patient's, named by it (up to `_Numerics`), unless its rows
 * have a `patientId`. A column of relative seconds (`Time [s]`) counts from `epochMs`.
 */
export function directoryInput(directory: string, epochMs: number): Source<Received> {
  return fileSource({
    directory,
    extensions: ['.csv', '.ndjson', '.jsonl'],
    format: readingFormat(epochMs),
  })
}

/** The patient that a file's name says: `bidmc_01_Numerics.csv` is `bidmc_01`'s. */
export function patientOfFile(file: string): string {
  const name = basename(file).replace(/\.[^.]+$/, '')
  const end = name.indexOf('_Numerics')
  return end < 0 ? name : name.slice(0, end)
}

function readingFormat(epochMs: number): Format<Received> {
  const asJson = json<unknown>()
  const asCsv = csv()
  return {
    name: 'reading',
    createDecoder: (context) => {
      const rows = context.split.endsWith('.csv') ? asCsv : asJson
      return new ReadingDecoder(rows.createDecoder(context), context, epochMs)
    },
  }
}

/** Makes readings of rows, and rejects of those that are none; all else is the format's. */
class ReadingDecoder implements Decoder<Received> {
  readonly #rows: Decoder<unknown>
  readonly #split: string
  #hasCheckedHeader = false
  readonly #defaults: { readonly patientId: string; readonly epochMs: number }

  constructor(rows: Decoder<unknown>, context: DecoderContext, epochMs: number) {
    this.#rows = rows
    this.#split = context.split
    this.#defaults = { patientId: patientOfFile(context.split), epochMs }
  }

  push(bytes: Buffer): void {
    this.#rows.push(bytes)
  }

  end(): void {
    this.#rows.end()
  }

  get position() {
    return this.#rows.position
  }

  take(max: number, into: DecodedRows<Received>): number {
    const rows = {
      values: [] as unknown[],
      lines: [] as number[],
      rejects: [] as DecodedRows<unknown>['rejects'],
      raws: [] as string[],
    }
    const taken = this.#rows.take(max, rows)
    if (!this.#hasCheckedHeader && taken > 0) this.#checkHeader()
    let rejected = 0
    for (let i = 0; i <= rows.values.length; i++) {
      for (; rejected < rows.rejects.length && (rows.rejects[rejected]?.before ?? 0) <= i; rejected++) {
        const placed = rows.rejects[rejected]
        if (placed !== undefined) into.rejects.push({ before: into.values.length, reject: placed.reject })
      }
      if (i < rows.values.length) this.#decode(rows.values[i], rows.raws[i] as string, rows.lines[i] as number, into)
    }
    return taken
  }

  /** A file whose every row would be rejected is a mistake of whoever chose it, and is said once. */
  #checkHeader(): void {
    this.#hasCheckedHeader = true
    const names = this.#rows.position.columns
    if (names === undefined) return
    const columns = names.map(columnOf)
    const has = (...wanted: (typeof columns)[number][]): boolean => columns.some((column) => wanted.includes(column))
    const missing = has('time', 'relativeSeconds')
      ? has(...VITAL_NAMES)
        ? ''
        : 'a vital sign'
      : "a time ('time' or 'Time [s]')"
    if (missing === '') return
    throw new MillraceConnectorError(
      'FORMAT_CSV_COLUMN_MISSING',
      `${this.#split} has no column for ${missing}; it has ${names.map((name) => `'${name}'`).join(', ')}`,
    )
  }

  #decode(row: unknown, raw: string, line: number, into: DecodedRows<Received>): void {
    const position = `line ${line}`
    const outcome = readRow(row, this.#defaults)
    if (isFault(outcome)) {
      const reject = { split: this.#split, position, raw, ...outcome }
      into.rejects.push({ before: into.values.length, reject })
      return
    }
    into.values.push({ reading: outcome, raw, split: this.#split, position })
    into.lines.push(line)
  }
}
