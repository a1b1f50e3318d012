import type {
  Source,
  SourceContext,
  SourceReader,
  Split,
  SplitEnumerator,
  SplitPosition,
} from '@millrace/core/connector'
import { KafkaCluster } from './cluster.ts'
import { type KafkaSplit, splitId } from './kafka-position.ts'
import { type KafkaSourceOptions, type ParsedKafkaSource, parseKafkaSource } from './source-options.ts'
import { KafkaSourceReader } from './source-reader.ts'

/**
 * Reads topics, each partition a split of its own, from the offsets that the job's checkpoint holds.
 *
 * Partitions are read without a consumer group: no other consumer can take one away. With `groupId` the group's offsets follow the
 * checkpoints, for those who watch. Metrics: gauges `lag` (records), `lagMs` (age of the last record read, while there are more);
 * counters `retries`, `lostOffsets`, `offsetCommits`, `offsetCommitFailures`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, KAFKA_UNREACHABLE,
 * KAFKA_AUTHENTICATION_FAILED, KAFKA_NOT_AUTHORIZED, KAFKA_TOPIC_MISSING, KAFKA_TOPIC_CHANGED, KAFKA_OFFSET_OUT_OF_RANGE,
 * KAFKA_REQUEST_FAILED, and what the format throws.
 */
export function kafkaSource<T, R = T>(options: KafkaSourceOptions<T, R>): Source<R> {
  const parsed = parseKafkaSource(options)
  return {
    kind: 'kafka',
    bounded: parsed.end !== undefined,
    live: parsed.end === undefined,
    replayable: true,
    createEnumerator: (context) => new PartitionEnumerator(parsed, context),
    createReader: (context): SourceReader<R> => {
      const reader = KafkaSourceReader.open(parsed, context)
      // Whoever opens a split hears of it.
      reader.catch(() => {})
      return {
        openSplit: async (split: Split, position: SplitPosition | undefined) =>
          (await reader).openSplit(split as KafkaSplit, position),
        checkpointComplete: async (positions) => (await reader).checkpointComplete(positions),
        close: async () => {
          const opened = await reader.catch(() => undefined)
          await opened?.close()
        },
      }
    },
  }
}

type EnumeratorOptions = Pick<ParsedKafkaSource<unknown, unknown>, 'connection' | 'topics' | 'discoverEveryMs'>

/** Finds the partitions; those that were not there the first time are new. */
class PartitionEnumerator implements SplitEnumerator {
  readonly discoverEveryMs: number
  readonly #options: EnumeratorOptions
  readonly #context: SourceContext
  readonly #known = new Set<string>()
  #cluster: KafkaCluster | undefined
  #isFirst = true

  constructor(options: EnumeratorOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.discoverEveryMs = options.discoverEveryMs
  }

  async discover(): Promise<readonly KafkaSplit[]> {
    this.#cluster ??= await KafkaCluster.open(this.#options.connection, this.#context.signal, this.#context.metrics)
    const splits: KafkaSplit[] = []
    for (const topic of this.#options.topics) {
      this.#cluster.forgetTopic(topic)
      const { partitions } = await this.#cluster.topic(topic)
      const numbers = partitions.map(({ partition }) => partition).sort((a, b) => a - b)
      for (const partition of numbers) {
        const id = splitId({ topic, partition })
        if (this.#isFirst) this.#known.add(id)
        splits.push({ id, topic, partition, isNew: !this.#known.has(id) })
      }
    }
    this.#isFirst = false
    return splits
  }

  async close(): Promise<void> {
    await this.#cluster?.close()
  }
}
