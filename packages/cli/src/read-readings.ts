import type { Reading, RuleSet } from '@millrace/rules'
import { parse } from 'csv-parse/sync'
import { FoundWrong } from './command.ts'

/** Signals by what a column may be called. */
const SIGNALS: Readonly<Record<string, string>> = {
  'heart-rate': 'heartRate',
  'pulse-rate': 'pulseRate',
  'respiratory-rate': 'respiratoryRate',
  spo2: 'spo2',
  systolic: 'systolic',
  diastolic: 'diastolic',
  'mean-arterial-pressure': 'meanArterialPressure',
  temperature: 'temperature',
}
const ATTRIBUTES = ['age', 'pathway', 'sex', 'weight']
const PATIENT = ['patient', 'patientId']
const LINE = /\n/

interface Column {
  readonly name: string
  set(reading: Record<string, unknown>, cell: string, line: number): void
}

/**
 * Readings as rows of comma-separated text, with names in the first line: `patient`, `time` (ISO 8601 with its zone, or ms since
 * 1970), signals (`heart-rate`, or with a unit: `temperature [degF]`), `ward`, and attributes that the rules know. An empty cell of
 * a signal says nothing of it; `-` is a blank. Lines of JSON, a reading each, where the file's name ends in .ndjson.
 */
export function readReadings(text: string, file: string, rules: RuleSet): Reading[] {
  if (/\.(nd)?jsonl?$/.test(file)) return linesOfJson(text, file)
  const rows = rowsOf(text, file)
  const [head, ...body] = rows
  if (head === undefined) throw new FoundWrong(`${file} is empty`)
  const attributes = new Set([...ATTRIBUTES, ...Object.keys(rules.attributes ?? {})])
  const titles = head.map((title) => title.trim())
  // First, so that of a file without names nothing is shown: its first line is a patient's.
  for (const names of [PATIENT, ['time']]) {
    if (titles.some((title) => names.includes(title))) continue
    throw new FoundWrong(`${file}: there is no column "${names[0]}"`)
  }
  const columns = titles.map((title) => columnOf(title, file, attributes))
  return body.map((row, i) => {
    const reading: Record<string, unknown> = {}
    for (const [at, column] of columns.entries()) column.set(reading, (row[at] ?? '').trim(), i + 2)
    return reading as unknown as Reading
  })
}

function rowsOf(text: string, file: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true })
  } catch (error) {
    throw new FoundWrong(
      `${file} is no comma-separated text: ${(error as { code?: string }).code ?? 'it cannot be read'}`,
    )
  }
}

function columnOf(title: string, file: string, attributes: ReadonlySet<string>): Column {
  const [name = '', unit] = title.split(/\s+/)
  if (PATIENT.includes(title)) {
    return {
      name: 'patient',
      set: (reading, cell, line) => {
        if (cell === '') throw new FoundWrong(`${file}, line ${line}: the patient is missing`)
        reading.patientId = cell
      },
    }
  }
  if (title === 'time') {
    return {
      name: 'time',
      set: (reading, cell, line) => {
        reading.time = timeOf(cell, file, line)
      },
    }
  }
  if (title === 'ward') {
    return {
      name: 'ward',
      set: (reading, cell) => {
        if (cell !== '') reading.ward = cell
      },
    }
  }
  const signal = SIGNALS[name] ?? (Object.values(SIGNALS).includes(name) ? name : undefined)
  if (signal !== undefined) {
    return {
      name,
      set: (reading, cell, line) => {
        if (cell === '') return
        const value = cell === '-' ? null : numberOf(cell, file, line, name)
        reading[signal] = unit === undefined || value === null ? value : { value, unit }
      },
    }
  }
  if (attributes.has(title)) {
    return {
      name: title,
      set: (reading, cell) => {
        if (cell === '') return
        const value = cell === '-' ? null : Number.isNaN(Number(cell)) ? cell : Number(cell)
        reading.attributes = { ...(reading.attributes as object | undefined), [title]: value }
      },
    }
  }
  const known = ['patient', 'time', 'ward', ...Object.keys(SIGNALS), ...attributes].join(', ')
  throw new FoundWrong(`${file}: nothing is known of a column "${title.slice(0, 60)}"; known: ${known}`)
}

function timeOf(cell: string, file: string, line: number): number {
  const time = /^-?\d+$/.test(cell) ? Number(cell) : /(Z|[+-]\d\d:?\d\d)$/.test(cell) ? Date.parse(cell) : Number.NaN
  if (Number.isFinite(time)) return time
  throw new FoundWrong(`${file}, line ${line}: the time is neither like 2026-11-26T14:00:00Z nor a number of ms`)
}

function numberOf(cell: string, file: string, line: number, name: string): number {
  const value = Number(cell)
  if (Number.isFinite(value)) return value
  throw new FoundWrong(`${file}, line ${line}: ${name} is no number; a blank is written -`)
}

function linesOfJson(text: string, file: string): Reading[] {
  return text.split(LINE).flatMap((line, i) => {
    if (line.trim() === '') return []
    return [readingOf(line, `${file}, line ${i + 1}`)]
  })
}

/** What the line holds is in no message, and no parser's message is shown: it would quote the line. */
function readingOf(line: string, where: string): Reading {
  let held: unknown
  try {
    held = JSON.parse(line)
  } catch {
    throw new FoundWrong(`${where} is no JSON`)
  }
  if (typeof held !== 'object' || held === null || Array.isArray(held)) throw new FoundWrong(`${where} is no object`)
  const { patientId, time } = held as Readonly<Record<string, unknown>>
  if (typeof patientId !== 'string' || patientId === '') throw new FoundWrong(`${where}: the patientId is missing`)
  if (typeof time !== 'number') throw new FoundWrong(`${where}: the time is no number of ms since 1970`)
  return held as Reading
}
