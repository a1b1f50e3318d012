import type { OutputTag } from '../../elements/output-tag.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { hasToBeSwept, nextSeq, type OverState, overState, rowsInOrder } from './over-frame.ts'
import { compareRows, type Row } from './row.ts'
import { RowStacks } from './row-stacks.ts'

/** A key's rows in order, as a cache of its state. */
interface KeyRows<In> {
  nextSeq: number
  /** Too old for the newest row; one that comes out of order may still look back to them. */
  older: Row<In>[]
  /** `[newest - range, newest]`. */
  stacks: RowStacks<In>
  savedFrontEnd: number | undefined
}

const TIMER = ''

/** What has arrived of the time before a record, at once. See `overOperator`. */
export class OverArrivalRange<In, Out> implements Operator<In, Out> {
  readonly #rangeMs: number
  readonly #detail: string
  readonly #aggregate: OverAggregate<In, Out>
  readonly #lateOutput: OutputTag<In> | undefined

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #timers!: TimerRegistry
  #state!: OverState<In>
  #late!: Counter

  /** A cache, by slot. */
  readonly #keys: (KeyRows<In> | undefined)[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>, lateOutput: OutputTag<In> | undefined) {
    this.#rangeMs = plan.rangeMs
    this.#detail = plan.detail
    this.#aggregate = aggregate
    this.#lateOutput = lateOutput
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, this.#detail)
    this.#context = context
    this.#backend = context.state
    this.#timers = context.timers.eventTime
    this.#state = overState(context.state)
    this.#late = context.metrics.counter('late')
  }

  processRecord(value: In, timestamp: number): void {
    const { place, operatorId, output } = this.#context
    const watermark = this.#context.currentWatermark()
    if (checkTimestamp(timestamp) <= watermark) {
      this.#late.add(1)
      if (this.#lateOutput !== undefined) output.emitTo(this.#lateOutput, value, timestamp)
      return
    }
    const slot = this.#backend.ensureSlot()
    let key = this.#keys[slot]
    if (key === undefined) {
      key = this.#gather()
      this.#keys[slot] = key
    }
    const row: Row<In> = { seq: key.nextSeq, timestamp, value }
    key.nextSeq += 1
    this.#state.rows.add(row)
    place.step = operatorId
    const { newest } = key.stacks
    let { stacks } = key
    if (newest === undefined || timestamp >= newest.timestamp) this.#append(key, row)
    else stacks = this.#insert(key, row)
    const result = this.#aggregate.makeResult(value, stacks.merged(), stacks.retracted())
    this.#freeOlder(key, watermark)
    output.emit(result, timestamp)
  }

  onTimer(): void {
    this.#keys[this.#backend.currentSlot] = undefined
    this.#state.rows.clear()
    this.#state.frontEnd.clear()
  }

  #append(key: KeyRows<In>, row: Row<In>): void {
    const { stacks, older } = key
    let leaving = 0
    for (; leaving < stacks.size; leaving++) {
      const oldest = stacks.at(leaving)
      if (oldest.timestamp >= row.timestamp - this.#rangeMs) break
      older.push(oldest)
    }
    if (leaving > 0) {
      stacks.evict(leaving)
      this.#saveFrontEnd(key)
    }
    stacks.push(row)
    this.#timers.replace(TIMER, row.timestamp + this.#rangeMs)
  }

  /** A record out of order in time: what it looks back over is added up for it alone, and the stacks begin anew. */
  #insert(key: KeyRows<In>, row: Row<In>): RowStacks<In> {
    const { older, stacks } = key
    const rows = [...older]
    for (let i = 0; i < stacks.size; i++) rows.push(stacks.at(i))
    let at = rows.length
    while (at > 0 && (rows[at - 1] as Row<In>).timestamp > row.timestamp) at -= 1
    rows.splice(at, 0, row)
    const own = rows.slice(firstFrom(rows, row.timestamp - this.#rangeMs), at + 1)
    const split = firstFrom(rows, (rows.at(-1) as Row<In>).timestamp - this.#rangeMs)
    key.older = rows.slice(0, split)
    key.stacks = RowStacks.of(this.#aggregate, rows.slice(split), undefined)
    this.#saveFrontEnd(key)
    return RowStacks.of(this.#aggregate, own, undefined)
  }

  #saveFrontEnd(key: KeyRows<In>): void {
    const { frontEnd } = key.stacks
    if (frontEnd === key.savedFrontEnd) return
    key.savedFrontEnd = frontEnd
    this.#state.frontEnd.set(frontEnd)
  }

  /** Frees what no record can look back to that is not late. */
  #freeOlder({ older, stacks }: KeyRows<In>, watermark: number): void {
    let freed = 0
    while (freed < older.length && (older[freed] as Row<In>).timestamp + this.#rangeMs <= watermark) freed += 1
    if (freed > 0) older.splice(0, freed)
    const { rows } = this.#state
    if (!hasToBeSwept(rows.get(), older.length + stacks.size)) return
    const oldest = older[0] ?? stacks.at(0)
    rows.update(rows.get().filter((row) => compareRows(row, oldest) >= 0))
  }

  #gather(): KeyRows<In> {
    const rows = rowsInOrder(this.#state)
    const newest = rows.at(-1)
    const split = newest === undefined ? 0 : firstFrom(rows, newest.timestamp - this.#rangeMs)
    const savedFrontEnd = this.#state.frontEnd.get()
    return {
      nextSeq: nextSeq(this.#state),
      older: rows.slice(0, split),
      stacks: RowStacks.of(this.#aggregate, rows.slice(split), savedFrontEnd),
      savedFrontEnd,
    }
  }
}

/** The place of the first row at this time or later. */
function firstFrom(rows: readonly Row<unknown>[], time: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle] as Row<unknown>).timestamp < time) low = middle + 1
    else high = middle
  }
  return low
}
