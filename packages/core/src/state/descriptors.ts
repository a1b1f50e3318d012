import { checkObject } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'
import type { Codec } from './codec.ts'
import { type CheckedTtl, checkTtl, type StateTtl } from './ttl.ts'

/** How a keyed state is written, and how long it is kept. */
export interface StateOptions<T> {
  /** Default: packed by V8. */
  readonly codec?: Codec<T>
  /** Default: kept until it is cleared. Lists and maps expire entry by entry. */
  readonly ttl?: StateTtl
}

/** How an operator's own state is written. It has no TTL: it belongs to no key. */
export interface OperatorStateOptions<T> {
  readonly codec?: Codec<T>
}

interface Keyed<T> {
  readonly codec?: Codec<T>
  readonly ttl?: CheckedTtl
}

export interface ValueStateDescriptor<T> extends Keyed<T> {
  readonly kind: 'value'
}

export interface ListStateDescriptor<T> extends Keyed<T> {
  readonly kind: 'list'
}

export interface MapStateDescriptor<K, V> extends Keyed<V> {
  readonly kind: 'map'
  /** Never present; carries `K` for the compiler. */
  readonly keyType?: K
}

export interface ReducingStateDescriptor<T> extends Keyed<T> {
  readonly kind: 'reducing'
  readonly reduce: (held: T, value: T) => T
}

/** What an aggregating state needs of an aggregate: any `AggregateFunction` is one. */
export interface StateAggregate<In, Acc, Out> {
  /** What it is, with its numbers: part of what a checkpoint is compared with. */
  readonly name?: string
  create(): Acc
  /** May change the accumulator and return it. */
  add(accumulator: Acc, value: In, timestamp: number): Acc
  result(accumulator: Acc): Out
}

export interface AggregatingStateDescriptor<In, Acc, Out> extends Keyed<Acc> {
  readonly kind: 'aggregating'
  readonly aggregate: StateAggregate<In, Acc, Out>
}

export interface OperatorListStateDescriptor<T> {
  readonly kind: 'operator-list'
  readonly codec?: Codec<T>
}

export interface BroadcastStateDescriptor<K, V> {
  readonly kind: 'broadcast'
  readonly codec?: Codec<V>
  /** Never present; carries `K` for the compiler. */
  readonly keyType?: K
}

export type KeyedStateDescriptor =
  | ValueStateDescriptor<unknown>
  | ListStateDescriptor<unknown>
  | MapStateDescriptor<unknown, unknown>
  | ReducingStateDescriptor<unknown>
  | AggregatingStateDescriptor<unknown, unknown, unknown>

// biome-ignore lint/suspicious/noExplicitAny: descriptors of any type side by side; `unknown` would refuse their codecs
type AnyState = any

/** What a function without a key declares: states of the operator itself, a descriptor a name. */
export type OperatorStateDescriptors = Readonly<Record<string, OperatorListStateDescriptor<AnyState>>>

/** What a keyed function declares: states by key, and such of the operator itself, a descriptor a name. */
export type StateDescriptors = Readonly<
  Record<
    string,
    | ValueStateDescriptor<AnyState>
    | ListStateDescriptor<AnyState>
    | MapStateDescriptor<AnyState, AnyState>
    | ReducingStateDescriptor<AnyState>
    | AggregatingStateDescriptor<AnyState, AnyState, AnyState>
    | OperatorListStateDescriptor<AnyState>
  >
>

/** The broadcast states that a function declares, a descriptor a name. */
export type BroadcastStateDescriptors = Readonly<Record<string, BroadcastStateDescriptor<AnyState, AnyState>>>

/** One value a key. `undefined` means empty; setting `undefined` clears. */
export function valueState<T>(options: StateOptions<T> = {}): ValueStateDescriptor<T> {
  return { kind: 'value', ...checked(options) }
}

/** A list a key, written entry by entry. */
export function listState<T>(options: StateOptions<T> = {}): ListStateDescriptor<T> {
  return { kind: 'list', ...checked(options) }
}

/** A map a key, written entry by entry; its own keys are strings, finite numbers, bigints or booleans. */
export function mapState<K extends string | number | bigint | boolean, V>(
  options: StateOptions<V> = {},
): MapStateDescriptor<K, V> {
  return { kind: 'map', ...checked(options) }
}

/**
 * One value a key, into which `reduce` folds each value that is added; the first is held as it is. `reduce` depends on its
 * arguments alone and changes neither.
 *
 * @throws CORE_OPTION_INVALID when `reduce` is no function.
 * @example
 * ```ts
 * import { reducingState } from '@millrace/core'
 * reducingState((a: number, b: number) => Math.max(a, b)).kind // => 'reducing'
 * ```
 */
export function reducingState<T>(
  reduce: (held: T, value: T) => T,
  options: StateOptions<T> = {},
): ReducingStateDescriptor<T> {
  if (typeof reduce !== 'function') {
    throw new MillraceError('CORE_OPTION_INVALID', `a reducing state was given ${typeof reduce}, not a function`)
  }
  return { kind: 'reducing', reduce, ...checked(options) }
}

/**
 * An accumulator a key, to which an aggregate adds each value; read as the aggregate's result. `ttl` and `codec` are about
 * the accumulator.
 *
 * @throws CORE_AGGREGATE_INVALID for what is no aggregate.
 * @example
 * ```ts
 * import { aggregatingState, mean } from '@millrace/core'
 * aggregatingState(mean((n: number) => n)).kind // => 'aggregating'
 * ```
 */
export function aggregatingState<In, Acc, Out>(
  aggregate: StateAggregate<In, Acc, Out>,
  options: StateOptions<Acc> = {},
): AggregatingStateDescriptor<In, Acc, Out> {
  const isAggregate = [aggregate?.create, aggregate?.add, aggregate?.result].every((f) => typeof f === 'function')
  if (!isAggregate) {
    throw new MillraceError(
      'CORE_AGGREGATE_INVALID',
      'an aggregating state was given what has no create, add and result',
    )
  }
  return { kind: 'aggregating', aggregate, ...checked(options) }
}

/**
 * A list of the operator's own, whatever the key: written entry by entry, dealt out anew when the job is rescaled. So its
 * entries should mean the same in whichever subtask they are.
 */
export function operatorListState<T>(options: OperatorStateOptions<T> = {}): OperatorListStateDescriptor<T> {
  return { kind: 'operator-list', ...checkedCodec(options) }
}

/**
 * A map that every subtask has whole, and in the same order: written by records that are broadcast, read by all. Its own keys
 * are strings, finite numbers, bigints or booleans.
 */
export function broadcastState<K extends string | number | bigint | boolean, V>(
  options: OperatorStateOptions<V> = {},
): BroadcastStateDescriptor<K, V> {
  return { kind: 'broadcast', ...checkedCodec(options) }
}

function checked<T>(options: StateOptions<T>): Keyed<T> {
  const { codec } = checkedCodec<T>(options)
  const { ttl } = options
  return { ...(codec === undefined ? {} : { codec }), ...(ttl === undefined ? {} : { ttl: checkTtl(ttl) }) }
}

function checkedCodec<T>(options: OperatorStateOptions<T>): OperatorStateOptions<T> {
  checkObject(options, "a state's options")
  const { codec } = options
  if (codec === undefined) return {}
  checkObject(codec, "a state's codec", ['encode', 'decode'])
  if (typeof codec.name === 'string' && Number.isSafeInteger(codec.version)) return { codec }
  throw new MillraceError('CORE_OPTION_INVALID', "a state's codec has no name, or no version that is a whole number")
}
