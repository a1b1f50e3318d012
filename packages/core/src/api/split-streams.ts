import type { REST, SplitPredicates } from '../operators/basic/split.ts'
import type { DataStream } from './data-stream.ts'

/** The streams that a split makes: one a predicate, narrowed by those that are type guards, and the rest. */
export type SplitStreams<T, P extends SplitPredicates<T>> = {
  readonly [Name in keyof P]: DataStream<Wanted<T, P[Name]>>
} & { readonly [Name in typeof REST]: DataStream<T> }

// biome-ignore lint/suspicious/noExplicitAny: a type predicate's own parameter cannot be named here
type Wanted<T, P> = P extends (value: any) => value is infer S ? S : T
