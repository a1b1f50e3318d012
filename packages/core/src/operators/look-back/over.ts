import type { OutputTag } from '../../elements/output-tag.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { OperatorFactory } from '../operator.ts'
import { type LookBack, lookBackPlan, type OverOptions } from './look-back.ts'
import { type OverResult, overAggregate } from './over-aggregate.ts'
import { OverArrivalRange } from './over-arrival-range.ts'
import { OverArrivalRows } from './over-arrival-rows.ts'
import { OverEventTime } from './over-event-time.ts'

/** What becomes of records that are behind the watermark. */
export interface OverLateOptions<In> extends OverOptions {
  /** Where they go. They are counted (metric `late`) in any case. */
  readonly lateOutput?: OutputTag<In>
}

/**
 * One result for each record: `{ value, ...results }`, the aggregates over what its key's last rows are as of that record, with
 * the record's timestamp. SQL's OVER (see `LookBack`).
 *
 * In event time (the default) records wait until the watermark reaches their timestamp, and are then taken by time; of one
 * time the smallest key comes first, of one key and time they come as they arrived. With `last` alone, records of one key
 * and time count for each other; with `rows` they are taken one by one. A record at or behind the watermark is late: it has no
 * result and counts in none, it is counted (metric `late`) and goes to the late output, if there is one.
 *
 * In order of arrival a record has its result at once. With `last` it is over the rows of its key that have arrived up to and
 * with it, whose timestamps are in `[t - last, t]` by its own `t`: for a record out of order these are not its newest. What is
 * behind the watermark is late as above. With `rows` it is over the last ones to arrive, whatever their times: nothing is late.
 *
 * The cost of a record does not grow with the number of rows looked back over, but for records in order of arrival that are out of
 * order in time: one adds up the rows of its key anew. In event time one that comes before many that wait moves those.
 *
 * State: the rows of each key that wait or can still be looked back to, and for a while as many that have left; all are freed once
 * the watermark is `last` beyond the newest, also where the key has fallen silent. With 'unbounded' an accumulator a key takes the place
 * of rows. Without a `last`, `idleAfter` says when a silent key is forgotten, which then needs timestamps in any order; without that too
 * **state grows with the number of keys**. In order of arrival a record that is `idleAfter` behind the watermark joins its key if that
 * is alive, and else sees itself alone and leaves nothing behind.
 *
 * @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID, CORE_OPTION_INVALID, CORE_AGGREGATE_INVALID
 */
export function overOperator<In, A extends Aggregates<In>>(
  lookBack: LookBack,
  aggregates: A,
  options: OverLateOptions<In> = {},
): OperatorFactory<In, OverResult<In, A>> {
  const { lateOutput } = options
  const plan = lookBackPlan(lookBack, options)
  const aggregate = overAggregate<In, A>(aggregates)
  const isByArrival = plan.order === 'arrival'
  const isByTime = !isByArrival || lookBack.last !== undefined
  const needsTimestamps = isByTime || options.idleAfter !== undefined
  return {
    kind: 'over',
    keyed: true,
    usesTime: needsTimestamps,
    needsTimestamps,
    detail: `${plan.detail}; ${aggregate.name}`,
    sideOutputs: lateOutput === undefined ? [] : [lateOutput.id],
    create: () => {
      if (!isByArrival) return new OverEventTime(plan, aggregate, lateOutput)
      return isByTime ? new OverArrivalRange(plan, aggregate, lateOutput) : new OverArrivalRows(plan, aggregate)
    },
  }
}
