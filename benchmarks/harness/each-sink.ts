import type { Sink } from '@millrace/core/connector'

/** A sink that hands each record to a function, as cheaply as can be. */
export function eachSink<T>(take: (value: T) => void): Sink<T> {
  return {
    kind: 'checksum',
    delivery: 'at-least-once',
    open: () => ({
      write: (values) => {
        for (let i = 0; i < values.length; i++) take(values[i] as T)
      },
    }),
  }
}
