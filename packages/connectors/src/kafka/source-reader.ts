import type { SourceContext, SourceReader, SplitPosition } from '@millrace/core/connector'
import type { MessageCodec } from '../formats/message-format.ts'
import type { OffsetToCommit } from './client/kafka-client.ts'
import { allWell, KafkaCluster } from './cluster.ts'
import { Fetcher } from './fetcher.ts'
import type { KafkaPosition, KafkaSplit } from './kafka-position.ts'
import { LogOffsets } from './log-offsets.ts'
import { PartitionBuffer } from './partition-buffer.ts'
import { PartitionReader } from './partition-reader.ts'
import type { ParsedKafkaSource } from './source-options.ts'

/** How long committing a group's offsets may take: it is for those who watch, and holds nothing up for long. */
const COMMIT_FOR_MS = 5_000

/**
 * The reader of one subtask. It has two clients: a broker answers the requests of a connection one after the other, and a fetch
 * that waits for records would keep all others waiting.
 */
export class KafkaSourceReader<T, R> implements SourceReader<R> {
  readonly #options: ParsedKafkaSource<T, R>
  readonly #context: SourceContext
  readonly #fetching: KafkaCluster
  readonly #asking: KafkaCluster
  readonly #codec: MessageCodec<T>
  readonly #offsets: LogOffsets
  readonly #fetcher: Fetcher
  readonly #closing: AbortController
  readonly #readers = new Map<string, { readonly split: KafkaSplit; readonly reader: PartitionReader<T, R> }>()

  private constructor(
    options: ParsedKafkaSource<T, R>,
    context: SourceContext,
    clusters: { readonly fetching: KafkaCluster; readonly asking: KafkaCluster },
    codec: MessageCodec<T>,
    closing: AbortController,
  ) {
    this.#options = options
    this.#context = context
    this.#fetching = clusters.fetching
    this.#asking = clusters.asking
    this.#codec = codec
    this.#closing = closing
    this.#offsets = new LogOffsets(clusters.asking, options)
    this.#fetcher = new Fetcher(clusters.fetching, this.#offsets, options, context.metrics)
  }

  static async open<T, R>(options: ParsedKafkaSource<T, R>, context: SourceContext): Promise<KafkaSourceReader<T, R>> {
    const closing = new AbortController()
    const signal = AbortSignal.any([context.signal, closing.signal])
    const fetching = await KafkaCluster.open(options.connection, signal, context.metrics)
    const asking = await KafkaCluster.open(options.connection, signal, context.metrics)
    const codec = await options.format.openCodec({ signal })
    return new KafkaSourceReader(options, context, { fetching, asking }, codec, closing)
  }

  async openSplit(split: KafkaSplit, position: SplitPosition | undefined): Promise<PartitionReader<T, R>> {
    const saved = position as KafkaPosition | undefined
    const isNew = split.isNew || this.#context.restored === true
    const start = saved ?? (await this.#offsets.beginningOf(split, isNew))
    if (saved !== undefined) await this.#offsets.checkTopic(split, saved)
    const buffer = new PartitionBuffer(split, start.offset, start.end ?? Number.POSITIVE_INFINITY)
    const reader = new PartitionReader(buffer, start, {
      fetcher: this.#fetcher,
      codec: this.#codec,
      options: this.#options,
      signal: this.#context.signal,
      metrics: this.#context.metrics,
    })
    this.#readers.set(split.id, { split, reader })
    return reader
  }

  /** Tells the group where the job stands. A failure is counted and has no other effect: the next checkpoint tells it again. */
  async checkpointComplete(positions: ReadonlyMap<string, SplitPosition>): Promise<void> {
    const { groupId } = this.#options
    if (groupId === undefined) return
    const offsets: OffsetToCommit[] = []
    for (const [id, { split, reader }] of this.#readers) {
      const position = positions.get(id) as KafkaPosition | undefined
      if (position === undefined) continue
      offsets.push({ topic: split.topic, partition: split.partition, offset: reader.passOver(position.offset) })
    }
    if (offsets.length === 0) return
    try {
      await this.#asking.callCoordinator(
        `offsets of group '${groupId}'`,
        'group',
        groupId,
        async (node) => allWell(await this.#asking.client.commitOffsets(node, groupId, offsets)),
        COMMIT_FOR_MS,
      )
      this.#context.metrics?.counter('offsetCommits').add(1)
    } catch {
      this.#context.metrics?.counter('offsetCommitFailures').add(1)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#fetcher.close()
    await Promise.all([this.#fetching.close(), this.#asking.close()])
  }
}
