import { fileStorage } from '@millrace/core'
import type { KafkaWitness } from '../../packages/connectors/test/kafka/kafka-witness.ts'

/** What a life that was killed has left: in its newest checkpoint, and at the brokers. */
export interface LeftBehind {
  readonly checkpoint: number
  /** Transactions that the checkpoint counts on, and that are not committed. */
  readonly prepared: number
  /** Those that it counts on, and that are committed. */
  readonly committed: number
  /** Those that no checkpoint counts on. */
  readonly open: number
}

/** To be asked before another life begins. */
export async function leftBehind(
  checkpoints: string,
  witness: KafkaWitness,
  isOurs: (transactionalId: string) => boolean,
): Promise<LeftBehind> {
  const newest = await fileStorage(checkpoints).latest()
  const states = await witness.transactions()
  const countedOn = new Set(
    Object.values(newest?.sinks ?? {}).flatMap(({ committables }) =>
      (committables as readonly { readonly transactionalId: string }[]).map(({ transactionalId }) => transactionalId),
    ),
  )
  const pending = Object.entries(states)
    .filter(([id, state]) => isOurs(id) && state === 'Ongoing')
    .map(([id]) => id)
  const prepared = pending.filter((id) => countedOn.has(id)).length
  return {
    checkpoint: newest?.checkpointId ?? 0,
    prepared,
    committed: countedOn.size - prepared,
    open: pending.length - prepared,
  }
}
