import type { Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { OperatorFactory } from '../operator.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { clockSliceWindow } from './clock-slice-window.ts'
import { functionOfResults } from './function-of-results.ts'
import { aggregating } from './gathering.ts'
import { generalWindow } from './general-window.ts'
import { isClockSliced, isPlain, isSession, isSliced } from './plain-windows.ts'
import { sessionWindow } from './session-window.ts'
import { sliceQueues } from './slice-queues.ts'
import { sliceWindow } from './slice-window.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'
import type { WindowStepOptions } from './window-program.ts'
import { type WindowResult, windowAggregate } from './window-results.ts'

/**
 * The operator that aggregates these windows. The fast ones, where they can: `sliceWindow` and `clockSliceWindow` for windows that share
 * slices, `sessionWindow` for sessions of one gap; they fire as their assigner says, keep accumulators only, go by the stream's
 * watermark or the job's clock, and have no state for a function. Else the general one.
 *
 * @throws CORE_AGGREGATE_INVALID, CORE_WINDOW_INVALID, CORE_NOT_AVAILABLE
 */
export function aggregateWindow<In, K extends Key, A extends Aggregates<In>, Out = WindowResult<K, A>>(
  assigner: WindowAssigner<In>,
  aggregates: A,
  options: WindowStepOptions<In> = {},
  windowFunction?: WindowFunction<K, WindowResult<K, A>, Out>,
): OperatorFactory<In, Out> {
  const fn = windowFunction === undefined ? undefined : processWindowFunction(windowFunction)
  const fast = isPlain(assigner, options, fn) ? fastWindow<In, K, A>(assigner, aggregates, options) : undefined
  if (fast === undefined) return generalWindow(assigner, aggregating<In, K, A>(aggregates), fn, options)
  return fn === undefined ? (fast as unknown as OperatorFactory<In, Out>) : functionOfResults(fast, fn)
}

function fastWindow<In, K extends Key, A extends Aggregates<In>>(
  assigner: WindowAssigner<In>,
  aggregates: A,
  options: WindowStepOptions<In>,
): OperatorFactory<In, WindowResult<K, A>> | undefined {
  if (isSliced(assigner)) return { ...sliceWindow<In, K, A>(assigner, aggregates, options), needsTimestamps: true }
  if (isClockSliced(assigner)) {
    const { names, parts } = windowAggregate<In, A>(aggregates)
    const gathering = aggregating<In, K, A>(aggregates)
    return clockSliceWindow(assigner, gathering, sliceQueues(names, parts), options.lateOutput)
  }
  if (isSession(assigner)) return { ...sessionWindow<In, K, A>(assigner, aggregates, options), needsTimestamps: true }
  return undefined
}
