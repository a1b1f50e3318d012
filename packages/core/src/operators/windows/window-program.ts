import { checkObject, shown } from '../../elements/check-given.ts'
import type { Key } from '../../elements/key.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import { MillraceError } from '../../errors.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { PerKeyWatermarks } from '../../time/per-key-watermarks.ts'
import { checkAssigner } from './assigners/check-assigner.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { checkCellStates } from './cell-states.ts'
import type { Evictor } from './evictors/evictor.ts'
import { type Gathering, keepingElements } from './gathering.ts'
import { allowedLatenessMs, type LateOptions } from './late-records.ts'
import type { Trigger } from './triggers/trigger.ts'

/** What else is said of a window step. */
export interface WindowStepOptions<In> extends LateOptions<In> {
  /** When windows fire. Default: as their assigner says. */
  readonly trigger?: Trigger<In>
  /** What is taken out of windows that fire. Default: nothing. */
  readonly evictor?: Evictor<In>
  /** Each key on its own time. Default: all by the stream's watermark. */
  readonly perKeyWatermarks?: PerKeyWatermarks
}

/** What a window step is made of. Immutable. */
export interface WindowProgram<In, Contents, Out> {
  readonly assigner: WindowAssigner<In>
  readonly trigger: Trigger<In>
  readonly evictor: Evictor<In> | undefined
  /** Where there is an evictor, of elements: see `keepingElements`. */
  readonly gathering: Gathering<In, unknown, Contents>
  /** Without one the contents are the result. */
  readonly fn: ProcessWindowFunction<Key, Contents, Out> | undefined
  readonly latenessMs: number
  readonly lateOutput: OutputTag<In> | undefined
}

/** Puts a window step together. @throws CORE_WINDOW_INVALID where its parts do not go together, CORE_NOT_AVAILABLE */
export function windowProgram<In, Acc, Contents, Out>(
  assigner: WindowAssigner<In>,
  gathering: Gathering<In, Acc, Contents>,
  fn: ProcessWindowFunction<Key, Contents, Out> | undefined,
  options: WindowStepOptions<In>,
): WindowProgram<In, Contents, Out> {
  checkAssigner(assigner)
  const trigger = options.trigger ?? assigner.defaultTrigger()
  const { evictor, lateOutput } = options
  checkObject(trigger, 'a trigger', ['onRecord'], 'CORE_WINDOW_INVALID')
  checkName(trigger.name, 'a trigger')
  if (evictor !== undefined) {
    checkObject(evictor, 'an evictor', [], 'CORE_WINDOW_INVALID')
    checkEvictor(evictor)
  }
  const latenessMs = allowedLatenessMs(options.allowedLateness)
  if (latenessMs > 0 && assigner.domain === 'processing-time') {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `the allowed lateness was ${options.allowedLateness}, and nothing is ever late for '${assigner.kind}' windows`,
    )
  }
  if (options.perKeyWatermarks !== undefined && assigner.domain === 'processing-time') {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `perKeyWatermarks was set for '${assigner.kind}' windows, which do not go by watermarks`,
    )
  }
  if (assigner.isMerging && trigger.onMerge === undefined) {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `the trigger '${trigger.name}' does not say what is to happen when windows merge, as '${assigner.kind}' windows do`,
    )
  }
  if (assigner.isMerging && Object.keys(fn?.windowState ?? {}).length > 0) {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `a window function keeps state of each window, and '${assigner.kind}' windows merge; globalState is by key`,
    )
  }
  checkCellStates(trigger.state, `trigger '${trigger.name}'`)
  checkCellStates(fn?.windowState, 'a window function')
  const gathers = evictor === undefined ? gathering : keepingElements(gathering)
  return {
    assigner,
    trigger,
    evictor,
    gathering: gathers as Gathering<In, unknown, Contents>,
    fn,
    latenessMs,
    lateOutput,
  }
}

function checkEvictor<In>({ name, evictBefore, evictAfter }: Evictor<In>): void {
  checkName(name, 'an evictor')
  const given = [evictBefore, evictAfter].filter((evict) => evict !== undefined)
  if (given.length > 0 && given.every((evict) => typeof evict === 'function')) return
  throw new MillraceError('CORE_WINDOW_INVALID', `the evictor '${name}' has neither evictBefore nor evictAfter`)
}

/** A name is what a checkpoint tells one from another by. */
function checkName(name: unknown, what: string): void {
  if (typeof name === 'string' && name !== '') return
  throw new MillraceError('CORE_WINDOW_INVALID', `the name of ${what} was ${shown(name)}`)
}
