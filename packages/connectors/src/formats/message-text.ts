import { isUtf8 } from 'node:buffer'
import { type Decoded, Undecodable } from './message-format.ts'

/** The text of a message, without a byte order mark; `message-too-long`, `utf8-invalid`. */
export function messageText(bytes: Buffer, maxBytes: number): Decoded<string> {
  if (bytes.length > maxBytes) return tooLong(bytes, maxBytes)
  if (!isUtf8(bytes)) return new Undecodable('utf8-invalid', 'not UTF-8')
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return bytes.toString('utf8', isMarked ? 3 : 0)
}

/** What a message above the limit is. */
export function tooLong(bytes: Buffer, maxBytes: number): Undecodable {
  return new Undecodable('message-too-long', `${bytes.length} bytes, more than ${maxBytes}`)
}
