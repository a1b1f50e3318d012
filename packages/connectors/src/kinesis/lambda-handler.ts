import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis'
import type { Source, SourceContext, SourceReader, SplitPosition } from '@millrace/core/connector'
import type { FeedStart, ShardFeed } from '../aws/shards/shard-feed.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, functionOption, invalidOption } from '../option-checks.ts'
import type { KinesisPosition, KinesisSplit } from './kinesis-position.ts'
import { ShardReader } from './shard-reader.ts'
import type { KinesisRecordInfo } from './source-options.ts'

/** What AWS Lambda calls a handler with, as far as it is read here. */
export interface KinesisLambdaEvent {
  readonly Records: readonly {
    readonly eventID: string
    readonly eventSourceARN: string
    readonly kinesis: {
      readonly data: string
      readonly partitionKey: string
      readonly sequenceNumber: string
      readonly approximateArrivalTimestamp: number
    }
  }[]
}

/** What it is to try again: all from these records on. */
export interface KinesisLambdaAnswer {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

export interface KinesisLambdaOptions<T, R = T> {
  readonly format: MessageFormat<T>
  readonly map?: (value: T, info: KinesisRecordInfo) => R
  /**
   * Whether the event source mapping has `ReportBatchItemFailures`. Then a failure makes the batch be tried again from the first record that
   * the checkpoint before the last one does not count on: the sinks have committed that one. Without it the failure is thrown, and the whole batch comes again: Lambda would take an answer for success.
   */
  readonly reportsBatchItemFailures: boolean
}

/**
 * A handler for AWS Lambda: each call runs a job over the records of one batch, which are read as `kinesisSource` reads them. Aggregates are taken apart, and a
 * record that is none becomes a reject and costs no neighbour. At least once. State does not outlive a call.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be.
 * @example
 * ```text
 * export const handler = kinesisLambdaHandler({ format: json<Reading>(), reportsBatchItemFailures: true }, async (source) => {
 *   const env = createEnvironment()
 *   env.fromSource(source, { id: 'readings', onReject: 'count' }).filter((r) => r.spo2 < 88).sinkTo(alarms)
 *   await env.execute({ checkpoints: { everyRecords: 100 } })
 * })
 * ```
 */
export function kinesisLambdaHandler<T, R = T>(
  options: KinesisLambdaOptions<T, R>,
  run: (source: Source<R>) => Promise<unknown>,
): (event: KinesisLambdaEvent) => Promise<KinesisLambdaAnswer> {
  checkNames('', options, ['format', 'map', 'reportsBatchItemFailures'])
  const { format, reportsBatchItemFailures } = options
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  if (typeof reportsBatchItemFailures !== 'boolean') {
    throw invalidOption('reportsBatchItemFailures', 'is neither true nor false')
  }
  functionOption('map', options.map)
  if (typeof run !== 'function') throw invalidOption('run', 'is no function of a source')
  return async (event) => {
    const batch = new LambdaBatch(options, event)
    try {
      await run(batch.source())
      return { batchItemFailures: [] }
    } catch (error) {
      if (!reportsBatchItemFailures) throw error
      // Lambda does not show what was not thrown.
      process.emitWarning(error instanceof Error ? error : String(error))
      return { batchItemFailures: batch.unfinished().map((itemIdentifier) => ({ itemIdentifier })) }
    }
  }
}

const ALL_HASH_KEYS = ['0', String(2n ** 128n - 1n)] as const

class LambdaBatch<T, R> {
  readonly #options: KinesisLambdaOptions<T, R>
  readonly #stream: string
  /** By shard, in their order; a batch is of one shard. */
  readonly #records = new Map<string, KinesisRecord[]>()
  /** What the checkpoint before the last one counts on: its sinks have committed. Of the last one they may have failed to. */
  #done: ReadonlyMap<string, KinesisPosition> = new Map()
  #last: ReadonlyMap<string, KinesisPosition> = new Map()

  constructor(options: KinesisLambdaOptions<T, R>, { Records }: KinesisLambdaEvent) {
    this.#options = options
    this.#stream = Records[0]?.eventSourceARN.replace(/^.*\//, '') ?? 'none'
    for (const { eventID, kinesis } of Records) {
      const shardId = eventID.slice(0, eventID.lastIndexOf(':'))
      const records = this.#records.get(shardId) ?? []
      records.push({
        Data: Buffer.from(kinesis.data, 'base64'),
        PartitionKey: kinesis.partitionKey,
        SequenceNumber: kinesis.sequenceNumber,
        ApproximateArrivalTimestamp: new Date(kinesis.approximateArrivalTimestamp * 1_000),
      })
      this.#records.set(shardId, records)
    }
  }

  source(): Source<R> {
    return {
      kind: 'kinesis-lambda',
      bounded: true,
      replayable: true,
      createEnumerator: () => ({ discover: () => [...this.#records.keys()].map((id) => ({ id })) }),
      createReader: (context) => this.#reader(context),
    }
  }

  /** Of each shard, the first record that is not done. */
  unfinished(): string[] {
    return [...this.#records].flatMap(([shardId, records]) => {
      const position = this.#done.get(shardId)
      const isWithin = typeof position === 'object' && 'sequenceNumber' in position
      const at = isWithin ? records.findIndex((record) => record.SequenceNumber === position.sequenceNumber) : -1
      const isInAggregate = isWithin && position.users !== undefined
      const next = records[isInAggregate ? at : at + 1]?.SequenceNumber
      return next === undefined ? [] : [next]
    })
  }

  #reader({ metrics, signal }: SourceContext): SourceReader<R> {
    const { format, map } = this.#options
    const codec = Promise.resolve(format.openCodec({ signal }))
    return {
      openSplit: async ({ id }, position) => {
        const split: KinesisSplit = { id, hashKeys: ALL_HASH_KEYS, isInitial: true }
        const reading = {
          stream: this.#stream,
          codec: await codec,
          options: { map, outsideShard: 'keep', onLostRecords: 'fail' } as const,
          metrics,
          openFeed: async (_: string, from: FeedStart) => feedOf(this.#records.get(id) ?? [], from),
          isBehind: () => undefined,
        }
        const saved = position as KinesisPosition | undefined
        return ShardReader.open(split, saved ?? 'trim-horizon', saved !== undefined, reading)
      },
      checkpointComplete: (positions: ReadonlyMap<string, SplitPosition>) => {
        this.#done = this.#last
        this.#last = new Map(positions as ReadonlyMap<string, KinesisPosition>)
      },
    }
  }
}

/** All records at once, from one of them on. */
function feedOf(records: readonly KinesisRecord[], from: FeedStart): ShardFeed<KinesisRecord> {
  const at = from.at === 'sequence-number' ? records.findIndex(isAt(from.sequenceNumber)) : 0
  let rest: readonly KinesisRecord[] = records.slice(Math.max(0, at))
  return {
    next: async () => {
      if (rest.length === 0) return undefined
      const answer = { records: [...rest], behindMs: 0 }
      rest = []
      return answer
    },
    close: () => undefined,
  }
}

function isAt(sequenceNumber: string): (record: KinesisRecord) => boolean {
  return ({ SequenceNumber }) => SequenceNumber === sequenceNumber
}
