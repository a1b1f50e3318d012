import type { Key } from '../elements/key.ts'
import type { KeySelector } from '../operators/operator.ts'

/** Says to which of `partitions` subtasks the records of a key go: a whole number in `[0, partitions)`. Depends on its arguments alone. */
export type Partitioner<K extends Key = Key> = (key: K, partitions: number) => number

/**
 * How the records of an edge are dealt out to the subtasks of the step that reads them. In force where there are several; where
 * there is one it costs nothing and changes nothing.
 *
 * - `rebalance`: to each in turn. `rescale`: the same, but only to those nearby.
 * - `broadcast`: all to each. `global`: all to the first. `forward`: to the subtask of the same number.
 * - `custom`: as the partitioner says.
 */
export type Partitioning =
  | { readonly kind: 'rebalance' | 'rescale' | 'broadcast' | 'global' | 'forward' }
  | { readonly kind: 'custom'; readonly partitioner: Partitioner; readonly keyOf: KeySelector<unknown> }
