import type { OperatorMetrics } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import { countingRecords } from './aborted-records.ts'
import type { FetchedPartition, NodeId } from './client/kafka-client.ts'
import { KafkaFault, remedyOf } from './client/kafka-fault.ts'
import { isMissing, type KafkaCluster } from './cluster.ts'
import { kafkaError } from './kafka-error.ts'
import { splitId } from './kafka-position.ts'
import type { PartitionBuffer } from './partition-buffer.ts'
import type { ParsedKafkaSource } from './source-options.ts'

/** How long a broker waits for an idle partition's next record while others of its have enough in memory and are soon to be asked for. */
const SHORT_WAIT_MS = 10
/** A topic that is gone for so long is not on its way. */
const MISSING_FOR_MS = 10_000
const FIRST_PAUSE_MS = 20
const LAST_PAUSE_MS = 1_000

/** Asks for the offsets of what is left of a partition. */
export interface LogEnds {
  earliest(of: { readonly topic: string; readonly partition: number }): Promise<number>
  latest(of: { readonly topic: string; readonly partition: number }): Promise<number>
}

type FetchSettings = Pick<
  ParsedKafkaSource<unknown, unknown>,
  'isolation' | 'onLostRecords' | 'partitionBytes' | 'answerBytes' | 'bufferedBytes' | 'maxWaitMs' | 'rack'
>

/**
 * Keeps the buffers of all partitions that are read filled, with one request at a time to each broker. A partition is asked for
 * while its buffer and all together hold less than they may, so that a slow job slows the source and memory stays flat; one that
 * is waited for is always asked for.
 */
export class Fetcher {
  readonly #cluster: KafkaCluster
  readonly #ends: LogEnds
  readonly #settings: FetchSettings
  readonly #metrics: OperatorMetrics | undefined
  readonly #buffers = new Set<PartitionBuffer>()
  readonly #busy = new Set<NodeId>()
  #asked = 0
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(cluster: KafkaCluster, ends: LogEnds, settings: FetchSettings, metrics: OperatorMetrics | undefined) {
    this.#cluster = cluster
    this.#ends = ends
    this.#settings = settings
    this.#metrics = metrics
  }

  add(buffer: PartitionBuffer): void {
    this.#buffers.add(buffer)
    this.pump()
  }

  remove(buffer: PartitionBuffer): void {
    this.#buffers.delete(buffer)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#buffers.clear()
  }

  /** To be called when something was taken from a buffer, or is waited for. */
  pump(): void {
    if (this.#isClosed) return
    const wanted = new Map<NodeId, PartitionBuffer[]>()
    const now = performance.now()
    let soonest = Number.POSITIVE_INFINITY
    let buffered = 0
    for (const { bytes } of this.#buffers) buffered += bytes
    const hasRoom = buffered < this.#settings.bufferedBytes
    for (const buffer of this.#buffers) {
      if (!this.#wants(buffer, hasRoom)) continue
      if (buffer.notBefore > now) {
        soonest = Math.min(soonest, buffer.notBefore)
        continue
      }
      if (buffer.node === undefined) void this.#locate(buffer)
      else if (!this.#busy.has(buffer.node)) {
        const others = wanted.get(buffer.node)
        if (others === undefined) wanted.set(buffer.node, [buffer])
        else others.push(buffer)
      }
    }
    for (const [node, buffers] of wanted) void this.#fetch(node, buffers)
    if (soonest === Number.POSITIVE_INFINITY) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.pump(), Math.max(1, soonest - now))
  }

  /** Sets the gauges of what is left to read. */
  updateLag(): void {
    if (this.#metrics === undefined) return
    const now = Date.now()
    let total = 0
    let oldestMs = 0
    for (const { lag, lastTimestamp } of this.#buffers) {
      total += lag
      if (lag > 0 && lastTimestamp !== undefined) oldestMs = Math.max(oldestMs, now - lastTimestamp)
    }
    this.#metrics.gauge('lag').set(total)
    this.#metrics.gauge('lagMs').set(oldestMs)
  }

  #wants(buffer: PartitionBuffer, hasRoom: boolean): boolean {
    if (buffer.isInFlight || buffer.isLocating || buffer.isFetched || buffer.hasFailed) return false
    return buffer.isAwaited || (hasRoom && buffer.bytes < this.#settings.partitionBytes)
  }

  async #locate(buffer: PartitionBuffer): Promise<void> {
    buffer.isLocating = true
    try {
      buffer.node = await this.#cluster.leaderOf(buffer)
      buffer.isFollower = false
    } catch (cause) {
      this.#failed(buffer, cause)
    }
    buffer.isLocating = false
    this.pump()
  }

  async #fetch(node: NodeId, buffers: PartitionBuffer[]): Promise<void> {
    this.#busy.add(node)
    // Those that have waited longest come first: an answer may not have room for all.
    buffers.sort((a, b) => a.asked - b.asked)
    for (const buffer of buffers) {
      buffer.isInFlight = true
      buffer.asked = ++this.#asked
    }
    const { isolation, maxWaitMs, answerBytes, partitionBytes, rack } = this.#settings
    const isAll = [...this.#buffers].every((buffer) => buffer.node !== node || buffer.isInFlight || buffer.isFetched)
    let results: readonly FetchedPartition[] | undefined
    try {
      results = await this.#cluster.client.fetch(node, {
        isolation,
        maxWaitMs: isAll ? maxWaitMs : Math.min(maxWaitMs, SHORT_WAIT_MS),
        minBytes: 1,
        maxBytes: answerBytes,
        partitions: buffers.map(({ topic, partition, fetchOffset }) => ({
          topic,
          partition,
          offset: fetchOffset,
          maxBytes: partitionBytes,
        })),
        ...(rack === undefined ? {} : { rack }),
      })
    } catch (cause) {
      for (const buffer of buffers) this.#failed(buffer, cause)
    }
    for (const buffer of buffers) buffer.isInFlight = false
    this.#busy.delete(node)
    if (this.#isClosed) return
    for (const result of results ?? []) {
      const buffer = buffers.find((each) => each.partition === result.partition && each.topic === result.topic)
      if (buffer !== undefined) this.#answered(buffer, result)
    }
    this.updateLag()
    this.pump()
  }

  #answered(buffer: PartitionBuffer, result: FetchedPartition): void {
    if (result.error === 'OFFSET_OUT_OF_RANGE' && !buffer.isFollower) {
      void this.#lost(buffer)
      return
    }
    if (result.error !== undefined) {
      this.#failed(buffer, new KafkaFault(result.error, splitId(buffer)))
      return
    }
    buffer.failingSince = undefined
    buffer.failures = 0
    buffer.logEnd = this.#settings.isolation === 'read_committed' ? result.lastStableOffset : result.highWatermark
    if (result.preferredNode !== undefined && result.preferredNode !== buffer.node) {
      buffer.node = result.preferredNode
      buffer.isFollower = true
    }
    const last = result.batches.at(-1)
    if (last === undefined || last.lastOffset < buffer.fetchOffset) return
    buffer.add(countingRecords(result, buffer.fetchOffset), last.lastOffset + 1)
  }

  /** Tries again after a pause where that may help; else the reader is told, when it has taken all before. */
  #failed(buffer: PartitionBuffer, cause: unknown): void {
    const fault = cause instanceof KafkaFault ? cause.fault : 'UNKNOWN'
    const now = performance.now()
    buffer.failingSince ??= now
    const patienceMs = isMissing(fault) ? Math.min(MISSING_FOR_MS, this.#cluster.retryForMs) : this.#cluster.retryForMs
    const isFollowers = buffer.isFollower
    if ((remedyOf(fault) === 'none' && !isFollowers) || now - buffer.failingSince > patienceMs) {
      buffer.fail(kafkaError(`reading ${splitId(buffer)}`, cause))
      return
    }
    this.#metrics?.counter('retries').add(1)
    this.#cluster.forgetTopic(buffer.topic)
    buffer.node = undefined
    buffer.isFollower = false
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** buffer.failures, LAST_PAUSE_MS)
    buffer.failures += 1
    buffer.notBefore = now + pauseMs * (1 - Math.random() / 2)
  }

  /** The next record is not there: records were deleted before they were read, or the log is not the one that was read. */
  async #lost(buffer: PartitionBuffer): Promise<void> {
    buffer.isLocating = true
    try {
      const [earliest, latest] = [await this.#ends.earliest(buffer), await this.#ends.latest(buffer)]
      const at = `${splitId(buffer)} holds offsets ${earliest} to ${latest - 1}, and the next to read is ${buffer.fetchOffset}`
      if (buffer.fetchOffset > latest) throw new MillraceConnectorError('KAFKA_TOPIC_CHANGED', at)
      if (buffer.fetchOffset < earliest) {
        const lost = Math.min(earliest, buffer.end) - buffer.fetchOffset
        if (this.#settings.onLostRecords === 'fail') {
          throw new MillraceConnectorError('KAFKA_OFFSET_OUT_OF_RANGE', `${at}: ${lost} offsets are gone`)
        }
        this.#metrics?.counter('lostOffsets').add(lost)
        buffer.add([], Math.min(earliest, buffer.end))
      }
    } catch (cause) {
      buffer.fail(cause)
    }
    buffer.isLocating = false
    this.pump()
  }
}
