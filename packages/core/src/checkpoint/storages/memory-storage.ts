import { deserialize, serialize } from 'node:v8'
import type { Checkpoint } from '../checkpoint.ts'
import type { CheckpointStorage } from '../checkpoint-storage.ts'

/** Keeps the newest checkpoint in this process, as bytes: a job survives its own failures, not the process's. */
export function memoryStorage(): CheckpointStorage {
  let newest: Uint8Array | undefined
  return {
    kind: 'memory',
    async write(checkpoint) {
      newest = serialize(checkpoint)
    },
    async latest() {
      return newest === undefined ? undefined : (deserialize(newest) as Checkpoint)
    },
  }
}
