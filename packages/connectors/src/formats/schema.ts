import type { StandardSchemaV1 } from '@standard-schema/spec'
import { MillraceConnectorError } from '../errors.ts'

/** Any validator of the Standard Schema specification (zod, valibot, arktype ...) that gives a `T`, synchronously. */
export type Schema<T> = StandardSchemaV1<unknown, T>

/**
 * Validates by a schema. Gives the reason where the value is refused, the outcome else.
 *
 * A reason is made of paths and rule names. Issues' messages are left out: several libraries quote what was received.
 *
 * @throws FORMAT_SCHEMA_ASYNC when the schema answers with a promise.
 */
export function validate<T>(schema: Schema<T>, value: unknown): { readonly value: T } | { readonly reason: string } {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    // Its answer is not waited for; a rejection of it has no other listener.
    result.catch(() => undefined)
    throw new MillraceConnectorError(
      'FORMAT_SCHEMA_ASYNC',
      `the ${schema['~standard'].vendor} schema validates asynchronously`,
    )
  }
  if (result.issues === undefined) return { value: result.value }
  return { reason: reasonOf(result.issues) }
}

const SHOWN_ISSUES = 5

function reasonOf(issues: readonly StandardSchemaV1.Issue[]): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map((issue) => `${pathOf(issue)}: ${ruleOf(issue)}`)
  if (issues.length > SHOWN_ISSUES) shown.push(`and ${issues.length - SHOWN_ISSUES} more`)
  return shown.length === 0 ? 'refused by the schema' : shown.join('; ')
}

/** `vitals.spo2`, `[2].unit`. A key that is no plain name may be data (the key of a record) and is shown as `*`. */
function pathOf(issue: StandardSchemaV1.Issue): string {
  let path = ''
  for (const segment of issue.path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    if (typeof key === 'number') path += `[${key}]`
    else if (typeof key === 'string' && /^[A-Za-z_$][\w$-]{0,63}$/.test(key)) path += path === '' ? key : `.${key}`
    else path += path === '' ? '*' : '.*'
  }
  return path === '' ? '(row)' : path
}

/** The specification names no rule; zod, arktype (`code`) and valibot (`type`) do, and some say what they expected. */
function ruleOf(issue: object): string {
  const named = issue as { readonly code?: unknown; readonly type?: unknown; readonly expected?: unknown }
  const rule = [named.code, named.type].find((name) => typeof name === 'string' && /^[\w -]{1,40}$/.test(name))
  if (typeof rule !== 'string') return 'refused by the schema'
  return typeof named.expected === 'string' && /^[\w -]{1,40}$/.test(named.expected)
    ? `${rule}, expected ${named.expected}`
    : rule
}
