import { errorName } from '../error-name.ts'
import type { NewestSession } from '../kafka-client.ts'
import { OPEN_TRANSACTION } from '../open-transaction.ts'
import { refuse } from '../refuse.ts'
import type { Library } from './library.ts'
import type { Ours } from './link.ts'

const NO_TAGS = 0
/** Lengths in compact arrays and strings are one more than they are. */
const ONE = 2

/** The library wants an object of every answer. */
interface Described {
  readonly newest: NewestSession | undefined
}

/**
 * DescribeTransactions, version 0, of one id: the library has no such request.
 * https://kafka.apache.org/protocol#The_Messages_DescribeTransactions
 */
export function newestSession(library: Library, transactionalId: string): Ours<Described> {
  const encode = () =>
    new library.Encoder().writeInt8(NO_TAGS).writeInt8(ONE).writeUVarIntString(transactionalId).writeInt8(NO_TAGS)
  return { apiKey: 65, version: 0, encode, decode }
}

/** Behind the header's tags, the throttle time and the array's length. */
const ERROR_AT = 6
/** The transaction's time-out and when it began. */
const TIMES = 12

function decode(answer: Buffer): Described {
  const error = answer.readInt16BE(ERROR_AT)
  if (errorName(error) === 'TRANSACTIONAL_ID_NOT_FOUND') return { newest: undefined }
  refuse('DescribeTransactions', error)
  const id = textAt(answer, ERROR_AT + 2)
  const state = textAt(answer, id.end)
  const at = state.end + TIMES
  const isOpen = state.text === OPEN_TRANSACTION
  return { newest: { producerId: String(answer.readBigInt64BE(at)), epoch: answer.readInt16BE(at + 8), isOpen } }
}

/** Its length comes before it in groups of seven bits, the lowest first; the last has no high bit. */
function textAt(answer: Buffer, start: number): { readonly text: string; readonly end: number } {
  let [length, shift, at] = [0, 0, start]
  for (;;) {
    const group = answer.readUInt8(at++)
    length += (group & 0x7f) << shift
    shift += 7
    if (group < 0x80) break
  }
  const end = at + length - 1
  return { text: answer.toString('utf8', at, end), end }
}
