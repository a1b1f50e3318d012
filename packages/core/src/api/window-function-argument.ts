import { shown } from '../elements/check-given.ts'
import type { Key } from '../elements/key.ts'
import { MillraceError } from '../errors.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import type { StepOptions } from './graph-builder.ts'

/** Tells the two last arguments apart, where the window function may be left out. */
export function windowFunctionArgument<K extends Key, In, R>(
  second: WindowFunction<K, In, R> | StepOptions | undefined,
  options: StepOptions | undefined,
): { readonly fn: WindowFunction<K, In, R> | undefined; readonly step: StepOptions | undefined } {
  if (typeof second === 'function' || (typeof second === 'object' && second !== null && 'process' in second)) {
    return { fn: second, step: options }
  }
  if (second !== undefined && (typeof second !== 'object' || second === null)) {
    throw new MillraceError('CORE_WINDOW_INVALID', `a window function was ${shown(second)}`)
  }
  return { fn: undefined, step: second ?? options }
}
