import { parseConditionText, parseWhenText } from './parse-condition-text.ts'
import { parseNotifyStep } from './parse-notify-step.ts'
import {
  expectAnyWord,
  expectDuration,
  expected,
  expectId,
  expectWord,
  takeSign,
  takeText,
  takeWord,
  unknownWord,
} from './read-token.ts'
import { TextFault } from './rule-text.ts'
import { atSection, SECTIONS } from './sections.ts'
import type { WordsAt } from './words-at.ts'

/** The words with which clauses begin, in their canonical order. */
const CLAUSES = ['when', 'clear', 'zeros', 'missing', 'priority', 'latching', 'rearm', 'suppressed', 'notify'] as const
type Clause = (typeof CLAUSES)[number]

/** Words with which a clause of steps begins, where its first step has a condition. */
const STEP_WORDS = /(?:notify|after|unless|during)(?![\w-])/y

type Fields = Record<string, unknown>
type Offsets = Record<string, number>

/** An alarm, from behind its word to the next section. */
export function parseAlarm(at: WordsAt, offset: number): object {
  const { text, places } = at
  const offsets: Offsets = { id: text.offset }
  const rule: Fields = { id: expectId(text, "the alarm's id") }
  offsets.because = text.offset
  const because = takeText(text)
  if (because !== undefined) rule.because = because
  offsets.kind = text.offset
  if (takeWord(text, 'technical')) rule.kind = 'technical'
  while (!text.isAtEnd && !atSection(text)) parseClause(at, rule, offsets)
  return places.note(rule, offset, offsets)
}

function parseClause(at: WordsAt, rule: Fields, offsets: Offsets): void {
  const { text, places } = at
  const offset = text.offset
  text.begin('line')
  const isSteps = text.peek(STEP_WORDS) !== undefined
  const clause: Clause | undefined = isSteps ? 'notify' : CLAUSES.find((word) => takeWord(text, word))
  if (clause === undefined) throw unknownWord(text, [...CLAUSES, ...SECTIONS])
  const field = clause === 'suppressed' ? 'suppressedBy' : clause
  if (Object.hasOwn(rule, field)) throw new TextFault(offset, `this alarm has its "${clause}" already`)
  offsets[field] = text.offset
  switch (clause) {
    case 'when':
      rule.when = parseWhenText(at)
      offsets.for = text.offset
      if (takeWord(text, 'for')) rule.for = expectDuration(text)
      return
    case 'clear':
      rule.clear = parseClear(at, offset)
      return
    case 'zeros':
    case 'missing':
    case 'priority':
      rule[clause] = expectAnyWord(text, 'a word')
      return
    case 'latching':
      offsets.latching = offset
      rule.latching = true
      return
    case 'rearm':
      expectWord(text, 'after')
      offsets.rearm = text.offset
      rule.rearm = expectDuration(text)
      return
    case 'suppressed':
      expectWord(text, 'by')
      rule.suppressedBy = parseIds(at, offset)
      return
    case 'notify': {
      const steps = [parseNotifyStep(at)]
      while (takeSign(text, ';')) steps.push(parseNotifyStep(at))
      rule.notify = places.note(steps, offset)
    }
  }
}

function parseIds({ text, places }: WordsAt, offset: number): string[] {
  const ids: string[] = []
  const offsets: Offsets = {}
  do {
    offsets[ids.length] = text.offset
    ids.push(expectId(text, 'the id of an alarm'))
  } while (takeSign(text, ','))
  return places.note(ids, offset, offsets)
}

function parseClear(at: WordsAt, offset: number): object {
  const { text, places } = at
  const when = takeWord(text, 'when') ? parseConditionText(at) : undefined
  const forAt = text.offset
  const delay = takeWord(text, 'for') ? expectDuration(text) : undefined
  if (when === undefined && delay === undefined) throw expected(text, '"when" or "for"')
  return places.note({ ...(when && { when }), ...(delay !== undefined && { for: delay }) }, offset, { for: forAt })
}
