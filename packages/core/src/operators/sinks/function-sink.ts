import type { Sink } from './sink.ts'

/** Calls a function a record, awaiting what it returns. At least once: after a failure records since the last checkpoint come again. */
export function functionSink<T>(kind: string, fn: (value: T, timestamp: number) => void | Promise<void>): Sink<T> {
  return {
    kind,
    delivery: 'at-least-once',
    open: () => ({
      async write(values, timestamps) {
        for (let i = 0; i < values.length; i++) {
          const done = fn(values[i] as T, timestamps[i] as number)
          if (done !== undefined) await done
        }
      },
    }),
  }
}
