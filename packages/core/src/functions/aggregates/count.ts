import type { AggregateFunction } from '../aggregate-function.ts'

/**
 * Counts records; with a selector, those for which it gives a value: not null, undefined or NaN.
 *
 * @example
 * ```ts
 * import { count } from '@millrace/core'
 *
 * const seen = count<{ spo2: number | null }>((r) => r.spo2)
 * let accumulator = seen.create()
 * for (const spo2 of [97, null, 95]) accumulator = seen.add(accumulator, { spo2 }, 0)
 * seen.result(accumulator) // => 2
 * ```
 */
export function count<In>(f?: (value: In) => unknown): AggregateFunction<In, number, number> {
  return {
    name: 'count',
    create: () => 0,
    add: f === undefined ? (n) => n + 1 : (n, value) => (isPresent(f(value)) ? n + 1 : n),
    merge: (n, other) => n + other,
    result: (n) => n,
    flat: {
      width: 1,
      version: 1,
      create() {},
      add:
        f === undefined
          ? (cells, at) => {
              cells[at] = (cells[at] as number) + 1
            }
          : (cells, at, value) => {
              if (isPresent(f(value))) cells[at] = (cells[at] as number) + 1
            },
      merge(cells, at, others, from) {
        cells[at] = (cells[at] as number) + (others[from] as number)
      },
      result: (cells, at) => cells[at] as number,
      write(cells, at, n) {
        cells[at] = n
      },
    },
    retractsExactly: true,
    retract: f === undefined ? (n) => n - 1 : (n, value) => (isPresent(f(value)) ? n - 1 : n),
  }
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined && !Number.isNaN(value)
}
