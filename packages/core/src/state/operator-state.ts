import type { Codec } from './descriptors.ts'

/** State of an operator as a whole: a named list of entries, dealt out anew when the job is rescaled. */
export interface OperatorListState<T> {
  get(): readonly T[]
  update(values: readonly T[]): void
}

export interface OperatorStateStore {
  list<T>(name: string, codec?: Codec<T>): OperatorListState<T>
}
