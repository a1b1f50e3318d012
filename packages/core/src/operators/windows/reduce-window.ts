import type { Key } from '../../elements/key.ts'
import type { OperatorFactory } from '../operator.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { reducing } from './gathering.ts'
import { generalWindow } from './general-window.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'
import type { WindowStepOptions } from './window-program.ts'

/** The operator that reduces the records of these windows. @throws CORE_WINDOW_INVALID, CORE_NOT_AVAILABLE */
export function reduceWindow<In, K extends Key, Out = In>(
  assigner: WindowAssigner<In>,
  reduce: (a: In, b: In) => In,
  options: WindowStepOptions<In> = {},
  windowFunction?: WindowFunction<K, In, Out>,
): OperatorFactory<In, Out> {
  const fn = windowFunction === undefined ? undefined : processWindowFunction(windowFunction)
  return generalWindow(assigner, reducing(reduce), fn, options)
}
