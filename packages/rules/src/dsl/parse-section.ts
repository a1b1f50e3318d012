import { parseAlarm } from './parse-alarm.ts'
import { parseEitherText } from './parse-condition-text.ts'
import { parseQuantityText, takeUnit } from './parse-quantity-text.ts'
import { parseSchedule } from './parse-schedule.ts'
import { parseTable } from './parse-table-text.ts'
import {
  expectAnyWord,
  expectDuration,
  expected,
  expectIdOrText,
  expectLimitName,
  expectSignal,
  expectWord,
  takeWord,
  unknownWord,
} from './read-token.ts'
import { type RuleText, TextFault } from './rule-text.ts'
import { atSection, SECTIONS } from './sections.ts'
import type { SetInWords, Table } from './set-in-words.ts'
import type { WordsAt } from './words-at.ts'

/** Reads one section, from its word to the next section's. */
export function parseSection(at: WordsAt, set: SetInWords): void {
  const { text } = at
  const offset = text.offset
  text.begin('section')
  const section = SECTIONS.find((word) => takeWord(text, word))
  switch (section) {
    case 'alarm':
      set.rules.push(parseAlarm(at, offset))
      return
    case 'limits':
      parseLimits(at, set)
      return
    case 'valid':
      parseValid(text, set)
      return
    case 'attribute':
      parseAttribute(at, set)
      return
    case 'define':
      parseDefinition(at, set)
      return
    case 'schedule': {
      const nameAt = text.offset
      set.name('schedules', expectAnyWord(text, 'the name of the schedule'), parseSchedule(at), nameAt)
      return
    }
    case 'table':
      set.tables.push(parseTable(at, offset))
      return
    case undefined:
      throw unknownWord(text, SECTIONS)
  }
}

function parseValid(text: RuleText, set: SetInWords): void {
  const offset = text.offset
  const signal = expectSignal(text)
  expectWord(text, 'for')
  set.valid(signal, expectDuration(text), offset)
}

function parseAttribute({ text, names }: WordsAt, set: SetInWords): void {
  const offset = text.offset
  const name = expectAnyWord(text, 'the name of the attribute')
  names.attributes.add(name)
  const type = ['text', 'number'].find((word) => takeWord(text, word)) ?? takeUnit(text)
  if (type === undefined) throw expected(text, 'text, number or a unit')
  set.name('attributes', name, type, offset)
}

function parseDefinition(at: WordsAt, set: SetInWords): void {
  const { text, names } = at
  const offset = text.offset
  const name = expectAnyWord(text, 'the name of the definition')
  // A definition that cannot be read is there all the same for those who use it.
  names.definitions.add(name)
  expectWord(text, 'as')
  const { node } = parseEitherText(at)
  if (!text.isAtEnd && !atSection(text)) throw expected(text, `${SECTIONS.join(', ')}, or more of the definition`)
  set.name('definitions', name, node, offset)
}

function parseLimits(at: WordsAt, set: SetInWords): void {
  const { text } = at
  while (!text.isAtEnd && !atSection(text)) {
    text.begin('line')
    const isOwn = takeWord(text, 'own')
    const table = isOwn ? set.own : parseWhose(text, set)
    const offset = text.offset
    const name = expectLimitName(text)
    if (table.has(name)) throw new TextFault(offset, 'this limit is given here already')
    table.set(name, isOwn ? parseOwnLimit(at, offset) : parseQuantityText(at))
  }
}

/** What patients' own may be: `between 100 /min and 160 /min for at most 12h`, or one of the two. */
function parseOwnLimit(at: WordsAt, offset: number): object {
  const { text, places } = at
  const own: { between?: object; longest?: string } = {}
  const offsets: Record<string, number> = {}
  if (takeWord(text, 'between')) {
    offsets.between = text.offset
    const low = parseQuantityText(at)
    expectWord(text, 'and')
    own.between = [low, parseQuantityText(at)]
  }
  if (takeWord(text, 'for')) {
    expectWord(text, 'at')
    expectWord(text, 'most')
    offsets.longest = text.offset
    own.longest = expectDuration(text)
  }
  if (own.between === undefined && own.longest === undefined) throw expected(text, '"between" or "for at most"')
  return places.note(own, offset, offsets)
}

function parseWhose(text: RuleText, set: SetInWords): Table {
  if (takeWord(text, 'default')) return set.defaults
  const tables = takeWord(text, 'ward') ? set.wards : takeWord(text, 'patient') ? set.patients : undefined
  if (tables === undefined) throw unknownWord(text, ['default', 'own', 'ward', 'patient'])
  const who = expectIdOrText(text, 'whose limit it is')
  const table: Table = tables.get(who) ?? new Map()
  tables.set(who, table)
  return table
}
