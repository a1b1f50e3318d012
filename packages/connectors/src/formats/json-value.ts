import { MillraceConnectorError } from '../errors.ts'
import { type Decoded, Undecodable } from './message-format.ts'
import { type Schema, validate } from './schema.ts'

/**
 * What a JSON text holds, as the schema makes it; `json-invalid`, `schema-invalid`.
 *
 * @throws FORMAT_SCHEMA_ASYNC
 */
export function parseJson<T>(text: string, schema: Schema<T> | undefined): Decoded<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return new Undecodable('json-invalid', notJson(error))
  }
  if (schema === undefined) return value as T
  const outcome = validate(schema, value)
  return 'reason' in outcome ? new Undecodable('schema-invalid', outcome.reason) : outcome.value
}

/** The parser's message quotes the text; only the position that it ends with may be shown. */
function notJson(error: unknown): string {
  const position =
    error instanceof Error ? / in JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(error.message) : null
  return position === null ? 'not JSON' : `not JSON, at character ${Number(position[1]) + 1}`
}

/**
 * The text of a value. NaN and the infinities become null.
 *
 * @throws FORMAT_ENCODE_FAILED
 */
export function encodeJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // The cause's message may show keys and values of the record.
    throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', 'a record holds a bigint, a cycle or a failing toJSON')
  }
  if (text !== undefined) return text
  throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', `a record is ${typeof value}, which JSON has no text for`)
}
