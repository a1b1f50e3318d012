import type { Committable } from '@millrace/core/connector'
import type { KafkaFault } from './client/kafka-fault.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Writing } from './producer.ts'

/** What makes the difference between at least once and exactly once: as what records are written, and what a checkpoint does. */
export interface SinkDelivery {
  /** Whether `begin` is asked again for what is written after each barrier. */
  readonly beginsAnew: boolean
  begin(): Writing | Promise<Writing>
  /** All that was written since `begin` is acknowledged; it is empty where nothing was. */
  prepare(checkpointId: number, written: readonly PartitionQueue[]): Committable | undefined
  snapshotState(): unknown
  commit(committable: Committable): Promise<void>
  recover(committables: readonly Committable[], state: unknown): Promise<void>
  /** The error for a fault that nothing helped against. */
  failure(what: string, fault: KafkaFault): Error
  close(): Promise<void>
}
