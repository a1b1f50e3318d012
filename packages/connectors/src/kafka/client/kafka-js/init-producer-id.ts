import type { InitProducerIdRequest, ProducerSession } from '../kafka-client.ts'
import { refuse } from '../refuse.ts'
import type { Encoder, Library } from './library.ts'
import type { Ours } from './link.ts'

/** No tagged fields: of the request, of its header and of the answer's, which this version has and the library's has not. */
const NO_TAGS = 0

/**
 * InitProducerId, version 4: the library's cannot follow a session that we have.
 * https://kafka.apache.org/protocol#The_Messages_InitProducerId
 */
export function initProducerId(library: Library, request: InitProducerIdRequest): Ours<ProducerSession> {
  return { version: 4, encode: () => encode(new library.Encoder(), request), decode }
}

function encode(encoder: Encoder, { transactionalId, transactionTimeoutMs, current }: InitProducerIdRequest): Encoder {
  // -1 and -1: a new session, whoever has the newest.
  const { producerId, epoch } = current ?? { producerId: '-1', epoch: -1 }
  return encoder
    .writeInt8(NO_TAGS)
    .writeUVarIntString(transactionalId ?? null)
    .writeInt32(transactionTimeoutMs)
    .writeInt64(producerId)
    .writeInt16(epoch)
    .writeInt8(NO_TAGS)
}

const AT = { error: 5, producerId: 7, epoch: 15 }

function decode(answer: Buffer): ProducerSession {
  refuse('InitProducerId', answer.readInt16BE(AT.error))
  return { producerId: String(answer.readBigInt64BE(AT.producerId)), epoch: answer.readInt16BE(AT.epoch) }
}
