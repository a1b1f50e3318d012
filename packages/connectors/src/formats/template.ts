import { MillraceConnectorError } from '../errors.ts'
import { invalidOption } from '../option-checks.ts'
import { encodeJson } from './json-value.ts'

export interface TemplateOptions<T> {
  /** Every field of a record that may leave it. The text names each, and no other. */
  readonly fields: readonly (keyof T & string)[]
  /** What stands for a field that is null, undefined or not there. Default: such a record is refused (FORMAT_ENCODE_FAILED). */
  readonly missing?: string
}

/** A text with places for fields, for people to read. */
export interface Template<T> {
  /** @throws FORMAT_ENCODE_FAILED for a field that is missing, or no text, finite number or boolean; never with its value */
  render(record: T): string
}

/**
 * A message for people that lets out the fields it names and nothing else: a field that is added to a record later stays in it. `{name}` is a
 * field, `{{` and `}}` are braces.
 *
 * @throws CONNECTOR_OPTION_INVALID where the text and `fields` do not name the same.
 * @example
 * ```ts
 * import { template } from '@millrace/connectors/formats'
 * const alarm = template<{ level: string; bed: string; name: string }>('{level} alarm in bed {bed}', { fields: ['level', 'bed'] })
 * alarm.render({ level: 'red', bed: '7', name: 'A. Person' }) // => 'red alarm in bed 7'
 * ```
 */
export function template<T extends object>(text: string, options: TemplateOptions<T>): Template<T> {
  if (typeof text !== 'string' || text.trim() === '') throw invalidOption('the text of a template', 'is empty')
  const parts = partsOf(text)
  const named = new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.field])))
  for (const field of named) {
    if (!(options.fields as readonly string[]).includes(field)) {
      throw invalidOption('fields', `does not name '${field}', which the text lets out`)
    }
  }
  for (const field of options.fields) {
    if (!named.has(field)) throw invalidOption('fields', `names '${field}', which the text does not`)
  }
  const { missing } = options
  return {
    render: (record) =>
      parts.map((part) => (typeof part === 'string' ? part : textOf(record, part.field, missing))).join(''),
  }
}

/**
 * The same for machines: a JSON object of these fields and no others.
 *
 * @throws CONNECTOR_OPTION_INVALID where there is no field, or one twice.
 */
export function jsonTemplate<T extends object>(fields: readonly (keyof T & string)[]): Template<T> {
  if (fields.length === 0 || new Set(fields).size < fields.length) {
    throw invalidOption('fields', 'names no field, or one of them twice')
  }
  return {
    render: (record) =>
      encodeJson(
        Object.fromEntries(fields.map((field) => [field, Object.hasOwn(record, field) ? record[field] : null])),
      ),
  }
}

function partsOf(text: string): readonly (string | { readonly field: string })[] {
  const parts: (string | { readonly field: string })[] = []
  let end = 0
  for (const { 0: found, index, groups } of text.matchAll(/\{\{|\}\}|\{(?<field>[A-Za-z_$][\w$]*)\}|[{}]/g)) {
    parts.push(text.slice(end, index))
    end = index + found.length
    if (groups?.field !== undefined) parts.push({ field: groups.field })
    else if (found.length === 2) parts.push(found.charAt(0))
    else throw invalidOption('the text of a template', `has a brace at ${index} that is no field; write it twice`)
  }
  parts.push(text.slice(end))
  return parts
}

function textOf(record: object, field: string, missing: string | undefined): string {
  const value: unknown = Object.hasOwn(record, field) ? (record as Record<string, unknown>)[field] : undefined
  if (value === null || value === undefined) {
    if (missing !== undefined) return missing
    throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', `a record has no '${field}', which a template lets out`)
  }
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  const what = typeof value === 'number' ? 'not a finite number' : `of type ${typeof value}`
  throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', `the '${field}' of a record is ${what}`)
}
