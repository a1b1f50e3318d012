import type { OperatorFactory } from '../operator.ts'
import { DeduplicateByArrival } from './deduplicate-by-arrival.ts'
import { DeduplicateByTime } from './deduplicate-by-time.ts'
import { type DeduplicateOptions, deduplicatePlan } from './deduplicate-plan.ts'

/**
 * One of several records of a key, as it came; nothing is emitted that would have to be taken back.
 *
 * ```
 *   within 10         t = 0   4   9       12  15       30
 *   keep first            x   .   .       x   .        x      (in order: by arrival the same)
 *   keep last             .   .   x       .   x        x      each with the timestamp start + within - 1: 9, 21, 39
 * ```
 *
 * - First by arrival (default): emitted at once; later arrivals less than `within` before or after it are duplicates. State: the
 *   times of those emitted, freed once the watermark reaches `time + within + allowedLateness`. A record that is behind the watermark
 *   by more than the allowed lateness cannot be told from a duplicate: it is late, and counted as such (metric `late`). Without
 *   `within` time plays no part: nothing is late, and a mark a key is kept for good; or with `idleAfter` until the key has been silent
 *   for so long, and what is that much behind the watermark, of a key that is not remembered, is late.
 * - First by event time: a period starts with the earliest record that is in none, and ends `within` after it. Its first record is
 *   emitted once the watermark has reached it. State: records ahead of the watermark, and a start a key.
 * - Last (by event time): of the same periods the record with the largest timestamp, of several the one that arrived last, once the
 *   watermark has reached `start + within - 1`. State: records ahead of the watermark, and the last so far of a key's period.
 *
 * By event time a record behind the watermark counts in a period that is still open, and else is late. **State without `within` and
 * `idleAfter` grows with the number of keys.**
 *
 * Flink SQL: `ROW_NUMBER() OVER (PARTITION BY key ORDER BY proctime ASC) = 1` is the first by arrival, `ORDER BY rowtime ASC`
 * the first by event time, both without `within`. Its last (`DESC`) retracts what it said before, so it has no counterpart without `within`.
 *
 * @throws CORE_OPTION_INVALID, CORE_WINDOW_INVALID, CORE_DURATION_INVALID
 */
export function deduplicateOperator<In>(options: DeduplicateOptions<In>): OperatorFactory<In, In> {
  const plan = deduplicatePlan(options)
  const usesTime = plan.isByTime || plan.withinMs !== undefined || options.idleAfter !== undefined
  return {
    kind: 'deduplicate',
    keyed: true,
    usesTime,
    needsTimestamps: usesTime,
    detail: plan.detail,
    sideOutputs: [plan.duplicateOutput, plan.lateOutput].flatMap((tag) => (tag === undefined ? [] : [tag.id])),
    create: () => (plan.isByTime ? new DeduplicateByTime(plan) : new DeduplicateByArrival(plan)),
  }
}
