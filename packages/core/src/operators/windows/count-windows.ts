import type { Key } from '../../elements/key.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import type { StateDescriptors } from '../../state/descriptors.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { OperatorStateOf } from '../../state/state.ts'
import { declareStates, hasEventTimeTtl, operatorStatesOf } from '../basic/declared-states.ts'
import { FunctionLife } from '../basic/function-life.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { GLOBAL_WINDOW } from './assigners/global-windows.ts'
import type { Gathering } from './gathering.ts'
import { TwoStacks } from './two-stacks.ts'
import { CellFunctionContext } from './window-contexts.ts'
import { WindowProgress } from './window-progress.ts'

/** Windows of so many records. `slide` may be more than `size`: what is between two windows then counts, and is in none. */
export interface CountWindowProgram<Acc, In, Contents, Out> {
  readonly size: number
  readonly slide: number
  readonly gathering: Gathering<In, Acc, Contents>
  /** Without state of windows: they have none that lasts. Without a function the contents are the result. */
  readonly fn: ProcessWindowFunction<Key, Contents, Out> | undefined
}

/**
 * Each key's last `size` records, each time that it has had `slide` more, in the order of their arrival; the first windows hold
 * fewer, where `slide` is less than `size`. A result has the timestamp of the record that completed its window.
 *
 * ```
 *   size 5, slide 3    records  0 1 2 3 4 5 6 7 8
 *                      windows  [---)                  the first three: there are no more
 *                                 [-------)            1 to 5
 *                                       [-------)      4 to 8
 *                      slices   [ [   [ [   [ [        between two neighbouring edges
 * ```
 *
 * A record enters one slice, and a window merges its slices by two stacks: the cost of a record does not grow with size / slide.
 * State: for each key the accumulators of the slices of the window to come. Windows that do not overlap leave nothing behind once
 * they are complete; the others keep the last records of a key for good, as in Flink.
 */
export function countWindowOperator<In, Acc, Contents, Out>(
  program: CountWindowProgram<Acc, In, Contents, Out>,
): OperatorFactory<In, Out> {
  const { size, slide, gathering, fn } = program
  const detail = `${size} records${slide === size ? '' : ` every ${slide}`}; ${gathering.name}`
  return {
    kind: 'count-window',
    keyed: true,
    usesTime: fn !== undefined,
    needsTimestamps: hasEventTimeTtl(fn?.globalState),
    detail,
    sideOutputs: (fn?.sideOutputs ?? []).map((tag) => tag.id),
    create: () => new CountWindow(program, `count ${detail}`),
  }
}

/** Of one key, in the state. Records are numbered from 0; so slices stand in their order. */
interface CountCell<Acc> {
  taken: number
  readonly starts: number[]
  readonly accumulators: Acc[]
}

// All keys' slices are of one state, which has panes; they stand in this one.
const PANE = 0

class CountWindow<In, Acc, Contents, Out> implements Operator<In, Out> {
  readonly #program: CountWindowProgram<Acc, In, Contents, Out>
  readonly #shape: string
  /** Where the second slice of a slide starts, counted from its first record; 0 where there is but one. */
  readonly #cut: number
  readonly #life: FunctionLife<OperatorStateOf<StateDescriptors>>

  // Set in `open`.
  #context!: OperatorContext<Out>
  #state!: KeyedStateBackend
  #cells!: Pane<CountCell<Acc>>
  #functionContext!: CellFunctionContext<Out>
  #progress!: WindowProgress

  /** By slot, of windows that overlap: caches over the slices, which are all in the state. */
  readonly #stacks: (TwoStacks<Acc> | undefined)[] = []

  constructor(program: CountWindowProgram<Acc, In, Contents, Out>, shape: string) {
    const { size, slide } = program
    this.#program = program
    this.#shape = shape
    this.#life = new FunctionLife(program.fn ?? {})
    this.#cut = (slide - (size % slide)) % slide
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#state = context.state
    this.#cells = context.state.panes<CountCell<Acc>>('(count windows)').getOrCreate(PANE)
    this.#progress = new WindowProgress(context.operatorState, context.operatorId, this.#shape)
    const { fn } = this.#program
    const globalState = declareStates(context, fn?.globalState)
    this.#life.open(context, operatorStatesOf(fn?.globalState, globalState))
    this.#functionContext = new CellFunctionContext(context, undefined, globalState)
  }

  processRecord(value: In, timestamp: number): void {
    const { size, slide, gathering } = this.#program
    const slot = this.#state.ensureSlot()
    let cell = this.#cells.accumulators[slot]
    if (cell === undefined) {
      cell = { taken: 0, starts: [], accumulators: [] }
      this.#cells.set(slot, cell)
      // The slot may have been another key's.
      this.#stacks[slot] = undefined
    } else this.#cells.mark(slot)
    const place = cell.taken % slide
    if (place >= slide - size) {
      this.#context.place.step = this.#context.operatorId
      const start = cell.taken - place + (place >= this.#cut ? this.#cut : 0)
      const last = cell.starts.length - 1
      if (cell.starts[last] === start) {
        cell.accumulators[last] = gathering.add(cell.accumulators[last] as Acc, value, timestamp)
      } else {
        cell.starts.push(start)
        cell.accumulators.push(gathering.add(gathering.create(), value, timestamp))
      }
    }
    cell.taken += 1
    if (place === slide - 1) this.#fire(slot, cell, timestamp)
  }

  prepareSnapshot(): void {
    this.#progress.save()
  }

  close(): void {
    this.#life.close()
  }

  #fire(slot: number, cell: CountCell<Acc>, timestamp: number): void {
    const { size, slide } = this.#program
    if (size <= slide) {
      this.#cells.delete(slot)
      this.#emit(this.#merged(cell.accumulators), timestamp)
      return
    }
    const stacks = this.#stacksOf(slot, cell)
    const value = stacks.value()
    const oldest = cell.taken + slide - size
    let gone = 0
    while (gone < cell.starts.length && (cell.starts[gone] as number) < oldest) gone += 1
    cell.starts.splice(0, gone)
    cell.accumulators.splice(0, gone)
    this.#emit(value, timestamp)
    stacks.evictBefore(oldest)
  }

  /** At most two slices. */
  #merged(slices: readonly Acc[]): Acc {
    const [first, ...others] = slices as readonly [Acc, ...Acc[]]
    return others.reduce((sum, slice) => this.#program.gathering.merge(sum, slice), first)
  }

  /** The key's stacks, with the slices of the slide that is complete now. */
  #stacksOf(slot: number, cell: CountCell<Acc>): TwoStacks<Acc> {
    let stacks = this.#stacks[slot]
    let from = cell.taken - this.#program.slide
    if (stacks === undefined) {
      stacks = new TwoStacks(this.#program.gathering)
      this.#stacks[slot] = stacks
      from = 0
    }
    let at = cell.starts.length
    while (at > 0 && (cell.starts[at - 1] as number) >= from) at -= 1
    for (; at < cell.starts.length; at++) stacks.push(cell.starts[at] as number, cell.accumulators[at] as Acc)
    return stacks
  }

  #emit(accumulator: Acc, timestamp: number): void {
    const { gathering, fn } = this.#program
    const { start, end } = GLOBAL_WINDOW
    const { currentKey } = this.#state
    this.#context.place.step = this.#context.operatorId
    const contents = gathering.contents(currentKey, start, end, accumulator)
    if (contents === undefined) return
    if (fn === undefined) {
      this.#context.output.emit(contents as unknown as Out, timestamp)
      return
    }
    fn.process(contents, this.#functionContext.at(currentKey, start, end, timestamp))
    this.#functionContext.emitter.rethrow()
  }
}
