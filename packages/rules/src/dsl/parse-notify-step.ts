import { expectAnyWord, expectDuration, expected, expectId, expectWord, takeSign, takeWord } from './read-token.ts'
import type { WordsAt } from './words-at.ts'

/** One step of who is told: `after 2m unless acknowledged during night notify charge-nurse, doctor`. */
export function parseNotifyStep({ text, places }: WordsAt): object {
  const offset = text.offset
  const step: Record<string, unknown> = {}
  const at: Record<string, number> = {}
  if (takeWord(text, 'after')) {
    at.after = text.offset
    step.after = expectDuration(text)
  }
  if (takeWord(text, 'unless')) {
    at.unless = text.offset
    step.unless = expectAnyWord(text, '"acknowledged"')
  }
  if (takeWord(text, 'during')) {
    at.during = text.offset
    step.during = expectAnyWord(text, 'the name of a schedule')
  }
  if (step.during !== undefined && !takeWord(text, 'notify')) {
    throw expected(text, '"notify" (a condition at that time is written "and during", with the schedule)')
  }
  if (step.during === undefined) expectWord(text, 'notify')
  at.to = text.offset
  const to = [expectId(text, 'who is told')]
  while (takeSign(text, ',')) to.push(expectId(text, 'who is told'))
  return places.note({ to: places.note(to, at.to), ...step }, offset, at)
}
