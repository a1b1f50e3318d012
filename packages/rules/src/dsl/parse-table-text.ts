import { parseQuantityText } from './parse-quantity-text.ts'
import { expectAnyWord, expectId, expectSignal, expectWord, takeText, takeWord } from './read-token.ts'
import { atSection } from './sections.ts'
import type { WordsAt } from './words-at.ts'

/** A band table: `table NAME by ATTRIBUTE`, then a row each line. */
export function parseTable(at: WordsAt, offset: number): object {
  const { text, places } = at
  const idAt = text.offset
  const id = expectId(text, "the table's id")
  expectWord(text, 'by')
  const byAt = text.offset
  const by = expectAnyWord(text, 'the attribute that chooses the rows')
  const continuous = takeWord(text, 'continuous')
  const rowsAt = text.offset
  const rows: object[] = []
  while (!text.isAtEnd && !atSection(text)) {
    text.begin('line')
    rows.push(parseRow(at, by))
  }
  const table = { id, by, ...(continuous && { continuous }), rows: places.note(rows, rowsAt) }
  return places.note(table, offset, { id: idAt, by: byAt, rows: rowsAt })
}

/** `row 3 heart-rate age from 41 a to 100 a from 79 /min to 200 /min medium "..."` */
function parseRow(at: WordsAt, by: string): object {
  const { text, places } = at
  const offset = text.offset
  expectWord(text, 'row')
  const idAt = text.offset
  const id = expectId(text, "the row's id")
  const signalAt = text.offset
  const signal = expectSignal(text)
  const groupAt = text.offset
  const group = takeWord(text, by) ? parseBand(at) : undefined
  const bandAt = text.offset
  const band = parseBand(at)
  const priorityAt = text.offset
  const priority = takeWord(text, 'normal') ? undefined : expectAnyWord(text, 'normal, high, medium or low')
  const becauseAt = text.offset
  const because = takeText(text)
  const at_ = {
    id: idAt,
    signal: signalAt,
    by: groupAt,
    from: bandAt,
    to: bandAt,
    priority: priorityAt,
    because: becauseAt,
  }
  const row = {
    id,
    signal,
    ...(group !== undefined && { by: places.note(group, groupAt) }),
    ...band,
    ...(priority !== undefined && { priority }),
    ...(because !== undefined && { because }),
  }
  return places.note(row, offset, at_)
}

function parseBand(at: WordsAt): { from?: object; to?: object } {
  const { text } = at
  const from = takeWord(text, 'from') ? parseQuantityText(at) : undefined
  const to = takeWord(text, 'to') ? parseQuantityText(at) : undefined
  return { ...(from && { from }), ...(to && { to }) }
}
