import type { Key } from '../../elements/key.ts'
import { MillraceError } from '../../errors.ts'
import type { ProcessWindowFunction, WindowResultFunction } from '../../functions/process-window-function.ts'

/** Either way of writing what is done with the contents of a window. */
export type WindowFunction<K extends Key, In, Out> =
  | ProcessWindowFunction<K, In, Out>
  | WindowResultFunction<K, In, Out>

/** The function in its long form. @throws CORE_WINDOW_INVALID for what is neither. */
export function processWindowFunction<K extends Key, In, Out>(
  fn: WindowFunction<K, In, Out>,
): ProcessWindowFunction<Key, In, Out> {
  if (typeof fn === 'function') {
    return {
      process(contents, ctx) {
        const result = fn(contents, ctx as unknown as Parameters<typeof fn>[1])
        if (result !== undefined) ctx.emit(result)
      },
    }
  }
  if (typeof fn === 'object' && fn !== null && typeof fn.process === 'function') {
    return fn as unknown as ProcessWindowFunction<Key, In, Out>
  }
  throw new MillraceError('CORE_WINDOW_INVALID', `a window function was ${fn === null ? 'null' : typeof fn}`)
}

/** True where it needs nothing but what a window's result says: no state, and no life of its own. */
export function isStateless(fn: ProcessWindowFunction<Key, never, unknown>): boolean {
  return [fn.windowState, fn.globalState, fn.clear, fn.open, fn.close].every((part) => part === undefined)
}
