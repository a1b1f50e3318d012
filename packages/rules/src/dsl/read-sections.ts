import { refuseProblems } from '../errors.ts'
import { NamesInWords } from './names-in-words.ts'
import { parseSection } from './parse-section.ts'
import type { Places } from './places.ts'
import { Positions, RuleText, TextFault } from './rule-text.ts'
import { goToNextSection } from './sections.ts'
import { SetInWords } from './set-in-words.ts'
import type { TokenLog } from './token-log.ts'

const LONGEST = 16 * 1024 * 1024
const MOST_FAULTS = 50

/**
 * All that a text says, not yet checked. After a mistake it goes on at the next section.
 *
 * @throws RULES_INVALID with every place where the text cannot be read, in their order.
 */
export function readSections(source: string, places: Places, log?: TokenLog): SetInWords {
  if (typeof source !== 'string' || source.length > LONGEST) {
    const message = typeof source === 'string' ? `more than ${LONGEST} characters` : 'a text is needed'
    refuseProblems([{ path: '', code: 'RULES_TEXT_INVALID', message }])
  }
  const text = new RuleText(source, log)
  const at = { text, places, names: new NamesInWords(), plain: new Map() }
  const faults: TextFault[] = []
  const set = new SetInWords(places)
  while (!text.isAtEnd && faults.length < MOST_FAULTS) {
    try {
      parseSection(at, set)
    } catch (error) {
      if (!(error instanceof TextFault)) throw error
      faults.push(error)
      goToNextSection(text, error.offset)
    }
  }
  // What has not been read may give the names that stand for nothing so far.
  if (text.isAtEnd) faults.push(...at.names.resolve(MOST_FAULTS))
  if (faults.length === 0) return set
  const positions = new Positions(source)
  const first = faults.sort((a, b) => a.offset - b.offset).slice(0, MOST_FAULTS)
  refuseProblems(
    first.map(({ code, message, offset }) => ({ path: '', code, message, position: positions.at(offset) })),
  )
  return set
}
