import type { NamesInWords } from './names-in-words.ts'
import type { Places } from './places.ts'
import type { RuleText, TextFault } from './rule-text.ts'

/** The text with the cursor in it, and what is noted on the way. */
export interface WordsAt {
  readonly text: RuleText
  readonly places: Places
  readonly names: NamesInWords
  /** Numbers without a unit, and the fault that each is where one is needed. */
  readonly plain: Map<object, TextFault>
}
