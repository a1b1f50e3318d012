import type { API, Reader, Writer } from '@platformatic/kafka'
import { byTopicInOrder } from '../by-topic.ts'
import { errorName } from '../error-name.ts'
import type { FetchedPartition, FetchRequest } from '../kafka-client.ts'
import { type Decompress, readBatches } from '../records/read-batches.ts'
import { refuse } from '../refuse.ts'
import type { Library } from './library.ts'

export type FetchApi = API<[FetchRequest], readonly FetchedPartition[]>

/** Fetch by name, in the library's frame: written and read by us, records and all, in one pass over the bytes. */
export function fetchRequest(library: Library, decompress: Decompress): FetchApi {
  const { key, version } = library.fetchV12.api
  return library.createAPI(
    key,
    version,
    (request: FetchRequest) => write(library.Writer.create(), request),
    (_correlationId, _key, _version, reader) => read(reader, decompress),
  )
}

const NO_EPOCH = -1
/** Each request stands for itself: no session at the broker, which would remember what we ask for. */
const NO_SESSION = { id: 0, epoch: -1 }

/** https://kafka.apache.org/protocol#The_Messages_Fetch */
function write(writer: Writer, request: FetchRequest): Writer {
  writer
    .appendInt32(-1) // A client, not a replica.
    .appendInt32(request.maxWaitMs)
    .appendInt32(request.minBytes)
    .appendInt32(request.maxBytes)
    .appendInt8(request.isolation === 'read_committed' ? 1 : 0)
    .appendInt32(NO_SESSION.id)
    .appendInt32(NO_SESSION.epoch)
    .appendArray(byTopicInOrder(request.partitions), (topics, { topic, partitions }) => {
      topics.appendString(topic).appendArray([...partitions], (each, partition) => {
        each
          .appendInt32(partition.partition)
          .appendInt32(NO_EPOCH)
          .appendInt64(BigInt(partition.offset))
          .appendInt32(NO_EPOCH)
          .appendInt64(-1n)
          .appendInt32(partition.maxBytes)
      })
    })
    .appendArray([], () => {})
    .appendString(request.rack ?? '')
    .appendTaggedFields()
  return writer
}

function read(reader: Reader, decompress: Decompress): readonly FetchedPartition[] {
  reader.readInt32() // For how long the broker will not read our next request.
  refuse('Fetch', reader.readInt16())
  reader.readInt32() // Session.
  const fetched: FetchedPartition[] = []
  reader.readArray(() => {
    const topic = reader.readString()
    reader.readArray(() => {
      fetched.push(readPartition(reader, topic, decompress))
    })
  })
  return fetched
}

function readPartition(reader: Reader, topic: string, decompress: Decompress): FetchedPartition {
  return {
    topic,
    partition: reader.readInt32(),
    error: errorName(reader.readInt16()),
    highWatermark: Number(reader.readInt64()),
    lastStableOffset: Number(reader.readInt64()),
    logStartOffset: Number(reader.readInt64()),
    aborted: reader
      .readArray(() => ({ producerId: String(reader.readInt64()), firstOffset: Number(reader.readInt64()) }))
      .sort((a, b) => a.firstOffset - b.firstOffset),
    preferredNode: known(reader.readInt32()),
    batches: readBatches(reader.readBytes(), decompress),
  }
}

function known(node: number): number | undefined {
  return node < 0 ? undefined : node
}
