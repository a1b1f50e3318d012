import { MillraceConnectorError } from '../errors.ts'
import type { MessageFormat } from './message-format.ts'
import { messageText } from './message-text.ts'
import { rowLimit } from './row-limit.ts'

export interface TextOptions {
  /** A message with more bytes becomes a reject. Default 1,048,576. */
  readonly maxRowBytes?: number
}

/**
 * The text of a message, in UTF-8: keys, and logs that a step of the job parses. A byte order mark is left out.
 *
 * Rejects: `utf8-invalid`, `message-too-long`. Encoding refuses a text with half a surrogate pair, which no reader would
 * get back.
 *
 * @throws CONNECTOR_OPTION_INVALID when the limit is out of range.
 */
export function text(options: TextOptions = {}): MessageFormat<string> {
  const maxBytes = rowLimit(options.maxRowBytes)
  return {
    name: 'text',
    openCodec: () => ({ decode: (bytes) => messageText(bytes, maxBytes), encode: encodeText }),
  }
}

function encodeText(value: string): Buffer {
  if (typeof value === 'string' && value.isWellFormed()) return Buffer.from(value)
  const what = typeof value === 'string' ? 'a text that is not well-formed Unicode' : typeof value
  throw new MillraceConnectorError('FORMAT_ENCODE_FAILED', `a record is ${what}`)
}
