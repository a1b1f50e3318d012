import type { Reject, Source, SourceBatch, SplitReader } from '@millrace/core/connector'
import type { RawLine } from './generator/generated-ward.ts'
import { isFault, readRow } from './read-row.ts'
import type { Received } from './reading.ts'

/** Readings of the generated ward's lines. What is no reading becomes a reject, with its line. */
export function generatedInput(lines: Source<RawLine>): Source<Received> {
  return {
    ...lines,
    createReader: (context) => {
      const reader = lines.createReader(context)
      return {
        openSplit: async (split, position) => decoding(await reader.openSplit(split, position)),
      }
    },
  }
}

function decoding(reader: SplitReader<RawLine>): SplitReader<Received> {
  return {
    read: (maxRecords) => {
      const batch = reader.read(maxRecords)
      return batch instanceof Promise ? batch.then(decodeBatch) : decodeBatch(batch)
    },
  }
}

function decodeBatch(batch: SourceBatch<RawLine> | undefined): SourceBatch<Received> | undefined {
  if (batch === undefined) return undefined
  const values: Received[] = []
  const rejects: { before: number; reject: Reject }[] = []
  for (const line of batch.values) {
    const outcome = decodeLine(line)
    if ('reading' in outcome) values.push(outcome)
    else rejects.push({ before: values.length, reject: outcome })
  }
  return { values, rejects, position: batch.position }
}

function decodeLine(line: RawLine): Received | Reject {
  const place = { split: line.gateway, position: line.position, raw: line.raw }
  let row: unknown
  try {
    row = JSON.parse(line.raw)
  } catch {
    return { ...place, code: 'json-invalid', reason: 'not JSON' }
  }
  const outcome = readRow(row, { epochMs: 0 })
  if (isFault(outcome)) return { ...place, ...outcome }
  return { reading: { ...outcome, receivedAt: line.receivedAt }, ...place }
}
