import type { RuleProblem, RulesErrorCode } from '../errors.ts'
import { didYouMean, type Misnamed } from '../expression/closest-name.ts'

// A name is looked for among thousands: what was meant is said of the first mistakes only.
const MOST_HINTS = 100

/** Gathers every mistake of a rule set with the path to it, so that one look mends all of them. */
export class Problems {
  readonly list: RuleProblem[] = []

  /** With `misnamed`, the known name that was probably meant is said behind the message. */
  add(path: string, code: RulesErrorCode, message: string, misnamed?: Misnamed): undefined {
    const isHinted = misnamed !== undefined && this.list.length < MOST_HINTS
    const hint = isHinted ? didYouMean(misnamed.written, misnamed.known()) : ''
    this.list.push({ path, code, message: message + hint })
    return undefined
  }

  /** The value as an object with string keys, or a mistake. */
  object(value: unknown, path: string): Readonly<Record<string, unknown>> | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    return this.add(path, 'RULES_TYPE_INVALID', `an object is needed, got ${describe(value)}`)
  }

  array(value: unknown, path: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value
    return this.add(path, 'RULES_TYPE_INVALID', `an array is needed, got ${describe(value)}`)
  }

  /** Fields that are none of `known`, each with the name that was probably meant. */
  unknownFields(object: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
    for (const name of Object.keys(object)) {
      if (known.includes(name)) continue
      this.add(at(path, name), 'RULES_FIELD_UNKNOWN', `unknown field${didYouMean(name, known)}`)
    }
  }

  /** One of a few words. */
  choice<T extends string>(value: unknown, choices: readonly T[], path: string): T | undefined {
    if (choices.includes(value as T)) return value as T
    const hint = typeof value === 'string' ? didYouMean(value, choices) : ''
    return this.add(path, 'RULES_VALUE_INVALID', `${describe(value)} is none of ${choices.join(', ')}${hint}`)
  }
}

/** The path one step further: `rules[2]`, `rules[2].when`, `limits.patients["bed 3"]`. */
export function at(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`
  if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `${path}[${JSON.stringify(step)}]`
  return path === '' ? step : `${path}.${step}`
}

/** A caller's own value, short enough for a message. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
