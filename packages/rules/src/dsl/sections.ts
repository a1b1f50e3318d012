import type { RuleText } from './rule-text.ts'

/** The words with which sections begin. */
export const SECTIONS = ['alarm', 'limits', 'valid', 'attribute', 'schedule', 'define', 'table'] as const

const ANY = `(?:${SECTIONS.join('|')})(?![\\w-])`
const SECTION = new RegExp(ANY, 'y')

/** Whether a section begins here. */
export function atSection(text: RuleText): boolean {
  return text.peek(SECTION) !== undefined
}

/** Goes to the next line that begins with a section's word. */
export function goToNextSection(text: RuleText, from: number): void {
  const next = new RegExp(`\\n[ \\t]*(?=${ANY})`, 'g')
  next.lastIndex = from
  const found = next.exec(text.source)
  text.offset = found === null ? text.source.length : found.index + found[0].length
}
