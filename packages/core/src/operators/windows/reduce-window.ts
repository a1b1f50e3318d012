import type { Key } from '../../elements/key.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { OperatorFactory } from '../operator.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { clockSliceWindow } from './clock-slice-window.ts'
import { functionOfResults } from './function-of-results.ts'
import { type Gathering, reducing } from './gathering.ts'
import { generalWindow } from './general-window.ts'
import { isClockSliced, isPlain, isSliced } from './plain-windows.ts'
import { keepObjects } from './slice-keeping.ts'
import { sliceOperator } from './slice-window.ts'
import { TwoStacks } from './two-stacks.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'
import type { WindowStepOptions } from './window-program.ts'

/**
 * The operator that reduces the records of these windows. Over slices, where the windows share them and nothing is asked that only
 * the general operator does: there records of a slice are taken together in the order of their arrival, and slices in the order of
 * time, so the function has to be associative where windows overlap (decision 0030).
 *
 * @throws CORE_WINDOW_INVALID, CORE_NOT_AVAILABLE
 */
export function reduceWindow<In, K extends Key, Out = In>(
  assigner: WindowAssigner<In>,
  reduce: (a: In, b: In) => In,
  options: WindowStepOptions<In> = {},
  windowFunction?: WindowFunction<K, In, Out>,
): OperatorFactory<In, Out> {
  const fn = windowFunction === undefined ? undefined : processWindowFunction(windowFunction)
  const gathering = reducing(reduce)
  if (isPlain(assigner, options, fn)) {
    if (fn === undefined) {
      const factory = overSlices(assigner, gathering, options)
      if (factory !== undefined) return factory as unknown as OperatorFactory<In, Out>
    } else {
      const factory = overSlices(assigner, withWindow(gathering), options)
      if (factory !== undefined) return functionOfResults(factory, ofValue(fn))
    }
  }
  return generalWindow(assigner, gathering, fn, options)
}

function overSlices<In, Acc, Out>(
  assigner: WindowAssigner<In>,
  gathering: Gathering<In, Acc, Out>,
  options: WindowStepOptions<In>,
): OperatorFactory<In, Out> | undefined {
  const makeQueue = () => new TwoStacks(gathering)
  if (isClockSliced(assigner)) return clockSliceWindow(assigner, gathering, makeQueue, options.lateOutput)
  if (!isSliced(assigner)) return undefined
  const keep = keepObjects(assigner.slices, gathering, makeQueue, true)
  return { ...sliceOperator(assigner, gathering.name, keep, options), needsTimestamps: true }
}

/** What a record that was reduced does not say, and its window function is to know. */
interface OfWindow<T> {
  readonly key: Key
  readonly window: { readonly start: number; readonly end: number }
  readonly value: T
}

function withWindow<In, Acc, T>(gathering: Gathering<In, Acc, T>): Gathering<In, Acc, OfWindow<T>> {
  return {
    ...gathering,
    contents(key, start, end, accumulator) {
      const value = gathering.contents(key, start, end, accumulator)
      return value === undefined ? undefined : { key, window: { start, end }, value }
    },
  }
}

function ofValue<T, Out>(fn: ProcessWindowFunction<Key, T, Out>): ProcessWindowFunction<Key, OfWindow<T>, Out> {
  return {
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs }),
    process: ({ value }, ctx) => fn.process(value, ctx),
  }
}
