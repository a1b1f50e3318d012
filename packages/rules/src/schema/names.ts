import { SCALAR_FUNCTIONS, WINDOW_FUNCTIONS } from '../expression/expression.ts'
import { windowFunctionText } from '../expression/expression-text.ts'
import { SIGNAL_NAMES, SIGNALS } from '../expression/signals.ts'
import { at, describe, type Problems } from './problems.ts'

// Words that stand where a name may stand in a text.
const WORDS =
  'ago alarm and as at attribute between clear default define during for from in is known least limit limits missing no not of on or outside over schedule signal table to unknown valid when within zone'

const TAKEN = new Set<string>([
  ...WORDS.split(' '),
  ...SIGNAL_NAMES,
  ...SIGNAL_NAMES.map((name) => SIGNALS[name].text),
  ...WINDOW_FUNCTIONS.flatMap((name) => [name, windowFunctionText(name)]),
  ...SCALAR_FUNCTIONS,
])

/** The entries of an object whose keys are names that a set gives: small letters, digits and dashes. */
export function checkNamed<T>(
  value: unknown,
  path: string,
  taken: readonly string[],
  problems: Problems,
  check: (value: unknown, path: string) => T | undefined,
): Readonly<Record<string, T>> {
  const object = value === undefined ? {} : (problems.object(value, path) ?? {})
  const entries: [string, T][] = []
  for (const [name, one] of Object.entries(object)) {
    const where = at(path, name)
    if (!/^[a-z][a-z0-9-]{0,49}$/.test(name)) {
      problems.add(where, 'RULES_ID_INVALID', `${describe(name)} is no name: small letters, digits and dashes`)
    } else if (TAKEN.has(name) || taken.includes(name)) {
      problems.add(where, 'RULES_NAME_TAKEN', `${describe(name)} has a meaning already`)
    }
    const checked = check(one, where)
    if (checked !== undefined) entries.push([name, checked])
  }
  return Object.fromEntries(entries)
}
