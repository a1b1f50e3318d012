import type { Key } from '../../elements/key.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { OperatorFactory } from '../operator.ts'
import { withPerKeyWatermarks } from '../with-per-key-watermarks.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import type { Gathering } from './gathering.ts'
import { windowOperator } from './window-operator.ts'
import { type WindowStepOptions, windowProgram } from './window-program.ts'

/** The general operator, with all that is said of it. @throws CORE_WINDOW_INVALID, CORE_NOT_AVAILABLE, CORE_DURATION_INVALID */
export function generalWindow<In, Acc, Contents, Out>(
  assigner: WindowAssigner<In>,
  gathering: Gathering<In, Acc, Contents>,
  fn: ProcessWindowFunction<Key, Contents, Out> | undefined,
  options: WindowStepOptions<In>,
): OperatorFactory<In, Out> {
  const factory = windowOperator(windowProgram(assigner, gathering, fn, options))
  const { perKeyWatermarks } = options
  return perKeyWatermarks === undefined ? factory : withPerKeyWatermarks(factory, perKeyWatermarks)
}
