import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VitalsRow } from './episodes.ts'

/** How the recordings' columns are called in the output of the ward. */
export const COLUMNS: { readonly [column: string]: string } = {
  HR: 'heartRate',
  PULSE: 'pulseRate',
  RESP: 'respiratoryRate',
  SpO2: 'spo2',
}
export const TIME_COLUMN = 'Time [s]'

/** The CSV files of a folder, sorted, each with its patient: the file's name up to `_Numerics`. */
export function recordingsIn(folder: string): { readonly patientId: string; readonly path: string }[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.csv'))
  if (files.length === 0) throw new Error(`no CSV files in ${folder}`)
  return files.sort().map((file) => ({
    patientId: file.replace(/\.csv$/, '').replace(/_Numerics.*$/, ''),
    path: join(folder, file),
  }))
}

/**
 * Reads a recording by splitting lines at commas: these files quote nothing. Blanks and NaN are no value, zeros are. Time
 * is seconds from 1970.
 *
 * @throws where a cell is neither a number nor blank, with its line and column.
 */
export function readRecording(path: string): VitalsRow[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').split(/\r?\n/)
  const columns = header.split(',').map((name) => name.trim())
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return []
    const values: Record<string, number | undefined> = {}
    let time = Number.NaN
    line.split(',').forEach((cell, column) => {
      const name = columns[column] ?? ''
      const isBlank = cell.trim() === '' || cell.trim().toLowerCase() === 'nan'
      const value = isBlank ? undefined : Number(cell)
      if (Number.isNaN(value)) throw new Error(`${path}, line ${i + 2}: ${name} is no number`)
      if (name === TIME_COLUMN && value !== undefined) time = Math.round(value * 1_000)
      else if (COLUMNS[name] !== undefined) values[COLUMNS[name]] = value
    })
    if (Number.isNaN(time)) throw new Error(`${path}, line ${i + 2}: no time`)
    return [{ time, values }]
  })
}

/** A recording's text with every n-th row only, from the first; cells untouched. */
export function thinned(text: string, n: number): string {
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return `${[header, ...lines.filter((_, i) => i % n === 0)].join('\n')}\n`
}
