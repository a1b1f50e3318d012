import type { API } from '@platformatic/kafka'
import { byTopic } from '../by-topic.ts'
import type { ProduceRequest } from '../kafka-client.ts'
import { type BatchCodecs, writeBatch } from '../records/write-batch.ts'
import type { Library } from './library.ts'

export type ProduceApi = API<[ProduceRequest], ReturnType<Library['produceV9']['parseResponse']>>

const ALL_REPLICAS = -1

/**
 * Produce in the library's frame, with batches of our own: the library has no order of headers, and no sequence but its own.
 * https://kafka.apache.org/protocol#The_Messages_Produce
 */
export function produceRequest(library: Library, codecs: BatchCodecs): ProduceApi {
  const { api, parseResponse } = library.produceV9
  return library.createAPI(
    api.key,
    api.version,
    (request: ProduceRequest) =>
      library.Writer.create()
        .appendString(request.transactionalId)
        .appendInt16(ALL_REPLICAS)
        .appendInt32(request.timeoutMs)
        .appendArray(byTopic(request.batches), (topics, { topic, partitions }) => {
          topics.appendString(topic).appendArray([...partitions], (each, batch) => {
            const bytes = writeBatch(
              {
                session: request.session,
                isTransactional: request.transactionalId !== undefined,
                firstSequence: batch.firstSequence,
                compression: request.compression,
                records: batch.records,
              },
              codecs,
            )
            each
              .appendInt32(batch.partition)
              .appendUnsignedVarInt(bytes.length + 1)
              .append(bytes)
          })
        })
        .appendTaggedFields(),
    parseResponse,
  )
}
