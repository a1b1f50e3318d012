import type { Key } from '../../elements/key.ts'
import type { TimeWindow } from '../../elements/time-window.ts'
import type { AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'

/** What a window of a whole stream emits. */
export type AllWindowResult<A extends Aggregates<never>> = {
  readonly [Name in 'window' | keyof A]: Name extends 'window'
    ? TimeWindow
    : Name extends keyof A
      ? AggregateResults<A>[Name]
      : never
}

/** What a window of so many records of a whole stream emits. */
export type AllCountWindowResult<A extends Aggregates<never>> = AggregateResults<A>

/** The key of everything, where a stream has none. */
export const ONE_KEY = 0

export function oneKey(): typeof ONE_KEY {
  return ONE_KEY
}

/** A window function of results that say a key, by one of results that do not: for windows of a whole stream. */
export function withoutKey<Result extends { readonly key: Key }, Bare, Out>(
  fn: WindowFunction<never, Bare, Out> | undefined,
): ProcessWindowFunction<Key, Result, Out> {
  const bare = ({ key: _one, ...rest }: Result): Bare => rest as unknown as Bare
  if (fn === undefined) return { process: (result, ctx) => ctx.emit(bare(result) as unknown as Out) }
  const inner = processWindowFunction(fn)
  const { windowState, globalState, sideOutputs } = inner
  return {
    ...(windowState === undefined ? {} : { windowState }),
    ...(globalState === undefined ? {} : { globalState }),
    ...(sideOutputs === undefined ? {} : { sideOutputs }),
    process: (result, ctx) => inner.process(bare(result), ctx),
    ...(inner.open === undefined ? {} : { open: (ctx) => inner.open?.(ctx) }),
    ...(inner.close === undefined ? {} : { close: () => inner.close?.() }),
    ...(inner.clear === undefined ? {} : { clear: (ctx) => inner.clear?.(ctx) }),
  }
}
