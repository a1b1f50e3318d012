import { byTopic } from '../by-topic.ts'
import type { ProduceRequest } from '../kafka-client.ts'
import { type BatchCodecs, writeBatch } from '../records/write-batch.ts'
import type { Encoder, Library } from './library.ts'

const ALL_REPLICAS = -1

/**
 * A request to produce, version 7, with batches of our own: the library knows no order of headers.
 * https://kafka.apache.org/protocol#The_Messages_Produce
 */
export function encodeProduce(library: Library, request: ProduceRequest, codecs: BatchCodecs): Encoder {
  const topics = byTopic(request.batches).map(({ topic, partitions }) => {
    const encoded = partitions.map(({ partition, firstSequence, records }) =>
      new library.Encoder().writeInt32(partition).writeBytes(
        writeBatch(
          {
            session: request.session,
            isTransactional: request.transactionalId !== undefined,
            firstSequence,
            compression: request.compression,
            records,
          },
          codecs,
        ),
      ),
    )
    return new library.Encoder().writeString(topic).writeArray(encoded)
  })
  return new library.Encoder()
    .writeString(request.transactionalId ?? null)
    .writeInt16(ALL_REPLICAS)
    .writeInt32(request.timeoutMs)
    .writeArray(topics)
}
