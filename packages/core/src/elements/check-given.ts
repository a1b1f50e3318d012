import { type ErrorCode, MillraceError } from '../errors.ts'

/** What a caller gave where something else is needed, for a message: of a function or an object its kind, else the value. */
export function shown(given: unknown): string {
  if (typeof given === 'function') return 'a function'
  if (typeof given === 'string') return JSON.stringify(given)
  if (typeof given === 'bigint') return `${given}n`
  if (typeof given !== 'object' || given === null) return String(given)
  return Array.isArray(given) ? 'an array' : 'an object'
}

/** @throws CORE_OPTION_INVALID, or the code that is given, for what is not a function. */
export function checkFunction(given: unknown, what: string, code: ErrorCode = 'CORE_OPTION_INVALID'): void {
  if (typeof given !== 'function') throw new MillraceError(code, `${what} was ${shown(given)}, not a function`)
}

/** @throws CORE_OPTION_INVALID, or the code that is given, for what is not an object, or has not all of these functions. */
export function checkObject(
  given: unknown,
  what: string,
  methods: readonly string[] = [],
  code: ErrorCode = 'CORE_OPTION_INVALID',
): void {
  if (typeof given !== 'object' || given === null) {
    throw new MillraceError(code, `${what} was ${shown(given)}, not an object`)
  }
  const missing = methods.find((method) => typeof (given as Record<string, unknown>)[method] !== 'function')
  if (missing !== undefined) throw new MillraceError(code, `${what} has no function '${missing}'`)
}
