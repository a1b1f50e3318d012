import { generatedFunction } from '../../collections/generated-function.ts'
import type { Key } from '../../elements/key.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import {
  type CombinedAccumulator,
  type CombinedAggregate,
  partValues,
} from '../../functions/aggregates/combine-aggregates.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { OperatorFactory } from '../operator.ts'
import { globalWindows } from './assigners/global-windows.ts'
import { countWindowOperator } from './count-windows.ts'
import { countEvictor } from './evictors/count-evictor.ts'
import { type Gathering, reducing } from './gathering.ts'
import { processWindowOperator } from './process-window.ts'
import { recordCount } from './record-count.ts'
import { countTrigger } from './triggers/count-trigger.ts'
import { purgingTrigger } from './triggers/purging-trigger.ts'
import { processWindowFunction, type WindowFunction } from './window-function.ts'
import { windowAggregate } from './window-results.ts'

/** What a window of so many records emits. */
export type CountWindowResult<K extends Key, A extends Aggregates<never>> = {
  readonly [Name in 'key' | keyof A]: Name extends 'key' ? K : Name extends keyof A ? AggregateResults<A>[Name] : never
}

/** How many records a window has, and how many more make the next one. */
export interface CountWindows {
  readonly size: number
  readonly slide: number
}

/** @throws CORE_WINDOW_INVALID unless both are positive whole numbers. */
export function countWindows(size: number, slide: number = size): CountWindows {
  return {
    size: recordCount(size, "a count window's number of records"),
    slide: recordCount(slide, "a count window's slide"),
  }
}

/** The operator that aggregates windows of so many records. @throws CORE_AGGREGATE_INVALID, CORE_WINDOW_INVALID */
export function aggregateCountWindow<In, K extends Key, A extends Aggregates<In>, Out = CountWindowResult<K, A>>(
  windows: CountWindows,
  aggregates: A,
  fn?: WindowFunction<K, CountWindowResult<K, A>, Out>,
): OperatorFactory<In, Out> {
  const aggregate = windowAggregate<In, A>(aggregates)
  return gathered(windows, { ...aggregate, contents: resultMaker<In, K, A>(aggregate) }, fn)
}

type MakeResult<K extends Key, A extends Aggregates<never>> = (
  key: Key,
  start: number,
  end: number,
  accumulator: CombinedAccumulator,
) => CountWindowResult<K, A>

/** How results are made: one object of one shape, `key` first. At a slide of one record each record makes one. */
function resultMaker<In, K extends Key, A extends Aggregates<In>>({
  names,
  parts,
  result,
}: CombinedAggregate<In, A>): MakeResult<K, A> {
  const fields = names.map((name) => JSON.stringify(name))
  return generatedFunction<MakeResult<K, A>>(
    `(key, start, end, a) => ({ key, ${fields.map((f, i) => `${f}: part${i}.result(a[${f}])`).join(', ')} })`,
    partValues(parts),
    (key, _start, _end, accumulator) => ({ key, ...result(accumulator) }) as unknown as CountWindowResult<K, A>,
  )
}

/** The operator that reduces windows of so many records. @throws CORE_WINDOW_INVALID */
export function reduceCountWindow<In, K extends Key, Out = In>(
  windows: CountWindows,
  reduce: (a: In, b: In) => In,
  fn?: WindowFunction<K, In, Out>,
): OperatorFactory<In, Out> {
  return gathered(windows, reducing(reduce), fn)
}

/** The operator that hands a function the last so many records. @throws CORE_WINDOW_INVALID */
export function processCountWindow<In, K extends Key, Out>(
  { size, slide }: CountWindows,
  fn: WindowFunction<K, readonly In[], Out>,
): OperatorFactory<In, Out> {
  if (size === slide) {
    return processWindowOperator(globalWindows(), fn, { trigger: purgingTrigger(countTrigger(size)) })
  }
  return processWindowOperator(globalWindows(), fn, { trigger: countTrigger(slide), evictor: countEvictor(size) })
}

function gathered<In, K extends Key, Acc, Contents, Out>(
  windows: CountWindows,
  gathering: Gathering<In, Acc, Contents>,
  windowFunction: WindowFunction<K, Contents, Out> | undefined,
): OperatorFactory<In, Out> {
  const fn = windowFunction === undefined ? undefined : processWindowFunction(windowFunction)
  checkStates(fn)
  return countWindowOperator({ ...windows, gathering, fn })
}

function checkStates(fn: ProcessWindowFunction<Key, never, unknown> | undefined): void {
  if (fn?.windowState === undefined) return
  throw new MillraceError(
    'CORE_WINDOW_INVALID',
    'a window function keeps state of each window, and a count window fires once',
  )
}
