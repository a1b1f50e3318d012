import { expectAnyWord, expected, expectIdOrText, expectWord, takeSign, takeWord } from './read-token.ts'
import type { RuleText } from './rule-text.ts'
import type { WordsAt } from './words-at.ts'

const TIME = /\d\d?:\d\d/y
const ZONE = /[A-Za-z][\w+\-/]*/y

/** What follows a schedule's name: `from 22:00 to 06:00 on mon, tue in Europe/Berlin, ward icu in UTC`. */
export function parseSchedule({ text, places }: WordsAt): object {
  const offset = text.offset
  const at: Record<string, number> = {}
  expectWord(text, 'from')
  at.from = text.offset
  const from = expectTime(text)
  expectWord(text, 'to')
  at.to = text.offset
  const to = expectTime(text)
  at.days = text.offset
  const days = takeWord(text, 'on') ? expectDays(text) : undefined
  expectWord(text, 'in')
  at.zone = text.offset
  const zone = expectZone(text)
  const wards: [string, string][] = []
  while (takeSign(text, ',')) {
    expectWord(text, 'ward')
    const ward = expectIdOrText(text, 'the ward')
    expectWord(text, 'in')
    wards.push([ward, expectZone(text)])
  }
  const zones = wards.length === 0 ? zone : { default: zone, wards: Object.fromEntries(wards) }
  return places.note({ from, to, ...(days && { days }), zone: zones }, offset, at)
}

function expectTime(text: RuleText): string {
  const time = text.take(TIME)
  if (time === undefined) throw expected(text, 'a time of the day such as 22:00')
  return time
}

function expectDays(text: RuleText): string[] {
  const days = [expectAnyWord(text, 'a day')]
  while (takeSign(text, ',')) days.push(expectAnyWord(text, 'a day'))
  return days
}

function expectZone(text: RuleText): string {
  const zone = text.take(ZONE)
  if (zone === undefined) throw expected(text, 'a time zone such as Europe/Berlin')
  return zone
}
