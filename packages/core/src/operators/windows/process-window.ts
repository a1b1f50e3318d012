import type { Key } from '../../elements/key.ts'
import type { OperatorFactory } from '../operator.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { collecting } from './gathering.ts'
import { generalWindow } from './general-window.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'
import type { WindowStepOptions } from './window-program.ts'

/** The operator that hands a function all records of a window. @throws CORE_WINDOW_INVALID, CORE_NOT_AVAILABLE */
export function processWindowOperator<In, K extends Key, Out>(
  assigner: WindowAssigner<In>,
  windowFunction: WindowFunction<K, readonly In[], Out>,
  options: WindowStepOptions<In> = {},
): OperatorFactory<In, Out> {
  return generalWindow(assigner, collecting<In>(), processWindowFunction(windowFunction), options)
}
