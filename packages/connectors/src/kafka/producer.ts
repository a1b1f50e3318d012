import type { OperatorMetrics } from '@millrace/core/connector'
import type { CircuitBreaker } from '../calls/circuit-breaker.ts'
import { MillraceConnectorError } from '../errors.ts'
import type {
  Compression,
  KafkaClient,
  NodeId,
  ProducerSession,
  RecordToProduce,
  TopicPartition,
} from './client/kafka-client.ts'
import { KafkaFault, remedyOf } from './client/kafka-fault.ts'
import { type Batch, type BatchLimits, PartitionQueue } from './partition-queue.ts'

export interface ProducerSettings {
  readonly limits: BatchLimits
  /** How long a batch that is not full waits for more. */
  readonly lingerMs: number
  /** Above it a writer waits. */
  readonly maxBufferedBytes: number
  /** A batch that could not be written for so long fails the job. */
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly compression: Compression
}

/** What a producer needs around it. */
export interface ProducerSurroundings {
  readonly client: Pick<KafkaClient, 'produce'>
  readonly routes: Routes
  readonly breaker: CircuitBreaker
  readonly metrics: OperatorMetrics | undefined
  /** The error for a fault that nothing helped against. */
  failure(what: string, fault: KafkaFault): Error
}

/** Who leads which partition, as far as is known. */
export interface Routes {
  leaderOf(topic: string, partition: number): NodeId | undefined
  /** Asks again. Rejects where there is no hope: with the error for it. */
  refresh(topic: string): Promise<void>
}

/** As what batches are written. */
export interface Writing {
  readonly session: ProducerSession
  /** `undefined`: idempotent, and visible at once. */
  readonly transactionalId: string | undefined
  /** Before the first batch of a partition. */
  addPartitions(partitions: readonly TopicPartition[]): Promise<void>
}

/** Of one request: what several partitions gather while a broker is busy does not become one answer to wait for. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024
/** Roughly what a record costs beside its bytes. */
const RECORD_BYTES = 32
/** Pauses between tries of a batch: from the first to the last, doubled each time, of which a random half is taken off. */
const FIRST_PAUSE_MS = 20
const LAST_PAUSE_MS = 1_000

/**
 * Gathers records by partition, and writes them in batches, each once.
 *
 * ```
 *   add ─► queue a-0 ┐
 *   add ─► queue a-1 ┼─ leader is broker 1 ─► one request at a time ─► acknowledged
 *   add ─► queue b-0 ┘     (a request takes what has gathered while the last was under way)
 *   add ─► queue b-1 ─── leader is broker 2 ─► ...
 * ```
 *
 * One request at a time to each broker keeps the order of each partition. A batch that fails goes again as it was, with its
 * sequence number, until it is written or `deliveryTimeoutMs` have passed; a broker that has it already says so. What nothing
 * helps against fails the producer: every later call rejects with the first such error.
 */
export class Producer {
  readonly #settings: ProducerSettings
  readonly #around: ProducerSurroundings
  readonly #queues = new Map<string, Map<number, PartitionQueue>>()
  /** With something to write; in the order in which they get into requests. */
  readonly #waiting = new Set<PartitionQueue>()
  readonly #busy = new Set<NodeId>()
  /** Lower than in the settings, where a broker has refused such batches. */
  readonly #limits = new Map<string, BatchLimits>()
  #writing: Writing | undefined
  #isAdding = false
  #isFlushing = false
  #bufferedBytes = 0
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isClosed = false
  readonly #waiters = new Set<Waiter>()

  constructor(settings: ProducerSettings, around: ProducerSurroundings) {
    this.#settings = settings
    this.#around = around
  }

  /** What comes from now on is written so. Only while nothing waits. A promise: until it is there records gather. */
  begin(writing: Writing | Promise<Writing>): void {
    for (const partitions of this.#queues.values()) for (const queue of partitions.values()) queue.begin()
    this.#writing = undefined
    if (!(writing instanceof Promise)) {
      this.#writing = writing
      return
    }
    writing.then(
      (begun) => {
        this.#writing = begun
        this.pump()
      },
      (error) => this.#fail(error),
    )
  }

  /** Call `pump` after the last of a run. */
  add(topic: string, partition: number, record: RecordToProduce, now: number): void {
    const queue = this.#queueOf(topic, partition)
    const bytes = bytesOf(record)
    queue.add(record, bytes, this.#limitsOf(topic), now)
    this.#bufferedBytes += bytes
    this.#waiting.add(queue)
  }

  /** Whether a batch of this partition has been begun, waits, and would take another record. */
  takesMore(topic: string, partition: number): boolean {
    return this.#queueOf(topic, partition).takesMore(this.#limitsOf(topic))
  }

  /** Whether more waits than may. */
  get isFull(): boolean {
    return this.#bufferedBytes > this.#settings.maxBufferedBytes
  }

  /** A promise while more waits than may; it rejects when the producer fails. @throws where it has failed */
  room(): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure
    return this.isFull ? this.#until(() => !this.isFull) : undefined
  }

  /** Writes everything that was added, without waiting for more. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#waiting.size === 0) return
    this.#isFlushing = true
    const written = this.#until(() => this.#waiting.size === 0)
    this.pump()
    try {
      await written
    } finally {
      this.#isFlushing = false
    }
  }

  /** What was written since `begin`, by partition. */
  written(): readonly PartitionQueue[] {
    return [...this.#queues.values()]
      .flatMap((partitions) => [...partitions.values()])
      .filter((queue) => queue.acknowledgedRecords > 0)
  }

  /** Sends what can go now, and sees to it that the rest goes when it can. */
  pump(): void {
    clearTimeout(this.#timer)
    this.#timerAt = Number.POSITIVE_INFINITY
    if (this.#failure !== undefined || this.#isClosed || this.#writing === undefined) return
    const now = performance.now()
    this.#addPartitions(this.#writing)
    for (const node of this.#nodesWithSomethingDue(now)) void this.#send(node, this.#writing, this.#takeFor(node, now))
    this.#showState()
    if (this.#timerAt === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.ceil(this.#timerAt - now)))
  }

  /** Sends nothing more; what waits is lost. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #addPartitions(writing: Writing): void {
    if (writing.transactionalId === undefined || this.#isAdding) return
    const missing = [...this.#waiting].filter((queue) => !queue.isAdded)
    if (missing.length === 0) return
    this.#isAdding = true
    writing.addPartitions(missing.map(({ topic, partition }) => ({ topic, partition }))).then(
      () => {
        this.#isAdding = false
        for (const queue of missing) queue.isAdded = true
        this.pump()
      },
      (error) => this.#fail(error),
    )
  }

  #nodesWithSomethingDue(now: number): Set<NodeId> {
    const nodes = new Set<NodeId>()
    const { lingerMs, deliveryTimeoutMs } = this.#settings
    const isPressed = this.#isFlushing || this.isFull
    for (const queue of this.#waiting) {
      if (queue.isInFlight || !this.#isWritable(queue)) continue
      const head = queue.head as Batch
      const isFull = isPressed || !queue.takesMore(this.#limitsOf(queue.topic))
      const dueAt = Math.max(queue.retryAt, isFull ? 0 : head.begunAt + lingerMs)
      if (dueAt > now) {
        this.#wakeAt(dueAt)
        continue
      }
      head.wantedAt ??= now
      if (this.#isOverdue(queue, head, now)) return new Set()
      const overdueAt = head.wantedAt + deliveryTimeoutMs
      if (overdueAt > now) this.#wakeAt(overdueAt)
      const leader = this.#leaderOf(queue, now)
      if (leader !== undefined && !this.#busy.has(leader)) nodes.add(leader)
    }
    return nodes
  }

  /** What waits for this broker, due or not: it goes there anyway. */
  #takeFor(node: NodeId, now: number): PartitionQueue[] {
    const taken: PartitionQueue[] = []
    let bytes = 0
    for (const queue of this.#waiting) {
      if (queue.isInFlight || queue.retryAt > now || !this.#isWritable(queue)) continue
      if (this.#around.routes.leaderOf(queue.topic, queue.partition) !== node) continue
      const head = queue.head as Batch
      bytes += head.bytes
      if (taken.length > 0 && bytes > MAX_REQUEST_BYTES) break
      head.wantedAt ??= now
      taken.push(queue)
    }
    // Those that did not get in are first next time.
    for (const queue of taken) {
      this.#waiting.delete(queue)
      this.#waiting.add(queue)
      queue.isInFlight = true
    }
    return taken
  }

  async #send(node: NodeId, { session, transactionalId }: Writing, queues: readonly PartitionQueue[]): Promise<void> {
    const { client, breaker, metrics } = this.#around
    const { requestTimeoutMs: timeoutMs, compression } = this.#settings
    this.#busy.add(node)
    const batches = queues.map((queue) => {
      const { topic, partition } = queue
      const { firstSequence, records } = queue.take()
      return { topic, partition, firstSequence, records }
    })
    const begunAt = performance.now()
    try {
      const request = { transactionalId, session, timeoutMs, compression, batches }
      const results = await breaker.run(() => client.produce(node, request))
      for (const queue of queues) {
        const result = results.find(({ topic, partition }) => topic === queue.topic && partition === queue.partition)
        if (result === undefined) this.#refused(queue, new KafkaFault('UNKNOWN', 'the answer leaves a partition out'))
        else if (result.error === undefined || result.error === 'DUPLICATE_SEQUENCE_NUMBER') {
          this.#acknowledged(queue, result.firstOffset)
        } else this.#refused(queue, new KafkaFault(result.error, `${queue.topic}-${queue.partition}`))
      }
    } catch (cause) {
      for (const queue of queues) this.#refused(queue, faultOf(cause))
    }
    metrics?.histogram('requestMs').record(performance.now() - begunAt)
    this.#busy.delete(node)
    for (const queue of queues) queue.isInFlight = false
    this.#tellWaiters()
    this.pump()
  }

  #acknowledged(queue: PartitionQueue, firstOffset: number | undefined): void {
    const { bytes } = queue.acknowledge(firstOffset)
    this.#bufferedBytes -= bytes
    if (queue.head === undefined) this.#waiting.delete(queue)
    this.#around.metrics?.counter('batches').add(1)
    this.#around.metrics?.counter('bytesOut').add(bytes)
  }

  #refused(queue: PartitionQueue, fault: KafkaFault): void {
    const batch = queue.head as Batch
    if (fault.fault === 'MESSAGE_TOO_LARGE' || fault.fault === 'RECORD_LIST_TOO_LARGE') {
      this.#tooLarge(queue, batch, fault)
      return
    }
    const remedy = remedyOf(fault.fault)
    if (remedy === 'none') {
      this.#fail(this.#around.failure(`records for ${queue.topic}-${queue.partition}`, fault))
      return
    }
    const now = performance.now()
    if (remedy === 'refresh') this.#refresh(queue.topic)
    this.#around.metrics?.counter('retries').add(1)
    queue.lastFault = fault
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(queue.failures++, 10))
    queue.retryAt = now + pauseMs * (1 - Math.random() / 2)
  }

  #tooLarge(queue: PartitionQueue, batch: Batch, cause: KafkaFault): void {
    const { topic, partition } = queue
    if (batch.records.length > 1) {
      const { bytes, records } = this.#limitsOf(topic)
      this.#limits.set(topic, { bytes: Math.max(1, Math.min(bytes, batch.bytes >>> 1)), records })
      queue.split(bytesOf)
      return
    }
    const what = `a record of about ${batch.bytes} bytes for ${topic}-${partition} is larger than the broker takes`
    this.#fail(new MillraceConnectorError('KAFKA_RECORD_TOO_LARGE', what, { cause }))
  }

  #leaderOf(queue: PartitionQueue, now: number): NodeId | undefined {
    const leader = this.#around.routes.leaderOf(queue.topic, queue.partition)
    if (leader === undefined) {
      this.#refused(queue, new KafkaFault('LEADER_NOT_AVAILABLE', `${queue.topic}-${queue.partition}`))
      this.#wakeAt(Math.max(now, queue.retryAt))
    }
    return leader
  }

  #refresh(topic: string): void {
    this.#around.routes.refresh(topic).then(
      () => this.pump(),
      (error) => this.#fail(error),
    )
  }

  #isOverdue(queue: PartitionQueue, { wantedAt = 0 }: Batch, now: number): boolean {
    const { deliveryTimeoutMs } = this.#settings
    if (queue.lastFault === undefined || now - wantedAt < deliveryTimeoutMs) return false
    const what = `records for ${queue.topic}-${queue.partition} could not be written for ${deliveryTimeoutMs} ms`
    this.#fail(this.#around.failure(what, queue.lastFault))
    return true
  }

  #isWritable(queue: PartitionQueue): boolean {
    return queue.isAdded || this.#writing?.transactionalId === undefined
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    let partitions = this.#queues.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#queues.set(topic, partitions)
    }
    let queue = partitions.get(partition)
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition)
      partitions.set(partition, queue)
    }
    return queue
  }

  #limitsOf(topic: string): BatchLimits {
    return this.#limits.get(topic) ?? this.#settings.limits
  }

  #wakeAt(at: number): void {
    this.#timerAt = Math.min(this.#timerAt, at)
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.add({ isDone, resolve, reject }))
  }

  #tellWaiters(): void {
    for (const waiter of this.#waiters) {
      if (this.#failure !== undefined) waiter.reject(this.#failure)
      else if (waiter.isDone()) waiter.resolve()
      else continue
      this.#waiters.delete(waiter)
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#tellWaiters()
  }

  #showState(): void {
    const { metrics, breaker } = this.#around
    metrics?.gauge('inFlight').set(this.#busy.size)
    metrics?.gauge('bufferedBytes').set(this.#bufferedBytes)
    metrics?.gauge('circuitOpen').set(breaker.state === 'closed' ? 0 : 1)
  }
}

interface Waiter {
  isDone(): boolean
  resolve(): void
  reject(error: Error): void
}

/** A refusal by the circuit breaker counts as what made it open. */
function faultOf(error: unknown): KafkaFault {
  const cause = error instanceof MillraceConnectorError ? error.cause : error
  if (cause instanceof KafkaFault) return cause
  return new KafkaFault('UNKNOWN', 'the client failed', { cause })
}

function bytesOf({ key, value, headers }: RecordToProduce): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, header] of headers) bytes += name.length + header.length
  return bytes
}
