import type { Key } from '../../elements/key.ts'
import type { TimeWindow } from '../../elements/time-window.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { CellFunctionContext } from './window-contexts.ts'

/** What every window's result says of itself. */
interface OfWindow {
  readonly key: Key
  readonly window: TimeWindow
}

/** A window step whose results go through a window function that keeps no state. Late records do not. */
export function functionOfResults<In, Result, Out>(
  factory: OperatorFactory<In, Result>,
  fn: ProcessWindowFunction<Key, Result, Out>,
): OperatorFactory<In, Out> {
  const { fusable: _none, ...rest } = factory
  return {
    ...rest,
    sideOutputs: [...(factory.sideOutputs ?? []), ...(fn.sideOutputs ?? []).map((tag) => tag.id)],
    create() {
      const operator = factory.create()
      const open = operator.open?.bind(operator)
      // Only what it emits is changed: records reach the operator itself, at no cost.
      return Object.assign(operator, {
        open: (context: OperatorContext<Out>) => open?.(withFunction(context, fn)),
      }) as unknown as Operator<In, Out>
    },
  }
}

function withFunction<Result, Out>(
  context: OperatorContext<Out>,
  fn: ProcessWindowFunction<Key, Result, Out>,
): OperatorContext<Result> {
  const functionContext = new CellFunctionContext(context, undefined, {})
  return {
    ...context,
    output: {
      emit(result, timestamp) {
        const { key, window } = result as OfWindow
        context.place.step = context.operatorId
        fn.process(result, functionContext.at(key, window.start, window.end, timestamp))
        functionContext.emitter.rethrow()
      },
      emitTo: (tag, value, timestamp) => context.output.emitTo(tag, value, timestamp),
    },
  }
}
