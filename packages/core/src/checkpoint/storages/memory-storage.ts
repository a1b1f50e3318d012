import { deserialize, serialize } from 'node:v8'
import { MillraceError } from '../../errors.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { CheckpointStorage, TakenStorage } from '../checkpoint-storage.ts'

/** Keeps the newest checkpoint in this process, as bytes: a job survives its own failures, not the process's. */
export function memoryStorage(): CheckpointStorage {
  let newest: Uint8Array | undefined
  let attempts = 0

  async function latest(): Promise<Checkpoint | undefined> {
    return newest === undefined ? undefined : (deserialize(newest) as Checkpoint)
  }

  async function take(): Promise<TakenStorage> {
    attempts += 1
    const own = attempts
    const check = (): void => {
      if (own === attempts) return
      throw new MillraceError('CORE_CHECKPOINT_TAKEN', 'another attempt of the job has the checkpoints')
    }
    return {
      latest: await latest(),
      async write(checkpoint) {
        check()
        newest = serialize(checkpoint)
      },
      isTaken: async () => own !== attempts,
      async takeAgain() {
        check()
        return take()
      },
    }
  }

  return { kind: 'memory', latest, take }
}
