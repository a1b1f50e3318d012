import { checkFunction, checkObject, shown } from '../../elements/check-given.ts'
import { compareKeys, type Key } from '../../elements/key.ts'
import { MillraceError } from '../../errors.ts'
import type { PlainValue } from '../../functions/aggregates/timed-value.ts'
import { plainValue, type ValueSelector } from '../../functions/aggregates/value-selector.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { ValueState } from '../../state/state.ts'
import type { Duration } from '../../time/duration.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { checkShape } from './check-shape.ts'
import { type IdleKeys, idleAfterMsOf, idleKeys } from './idle-keys.ts'

/** How the records of a key are ranked. */
export interface Ranking<In> {
  /** What a record is ranked by. One for which it gives null, undefined or NaN has no rank: it is counted and left out. */
  readonly by: ValueSelector<In, PlainValue>
  /** The smallest first, instead of the largest. Default false. */
  readonly ascending?: boolean
  /**
   * A key that has had no ranked record for so long in event time is forgotten, and its list begins anew. Counted from its newest
   * timestamp to the watermark; at exactly that age it is gone. A whole number of ms above 0. Without it each key's list is kept for good.
   */
  readonly idleAfter?: Duration
}

/** The first `n` of a key as of a record that changed them; a fresh list each time. */
export interface RankedList<K extends Key, In> {
  readonly key: K
  readonly top: readonly In[]
}

/** More than anyone reads, and the list is written anew at each change. */
const LARGEST_N = 10_000

/**
 * The `n` records of each key that rank first of all that have arrived: `{ key, top }`, the first of them first, at once and only
 * when the list has changed, with the timestamp of the record that changed it. Of equal ones the one that arrived first ranks
 * first, so that a record that equals the last of a full list does not enter. Ranks are ordered as by the aggregate `topN`.
 *
 * Time plays no part; for the first of each window use the aggregate `topN`. State: the list of each key. It is kept for good, so that
 * **state grows with the number of keys**, or with `idleAfter` until the key has been silent for so long; a record that is that much behind
 * the watermark, of a key that is not remembered, is then counted (metric `late`) and left out. A record without a rank is counted
 * (metric `unranked`).
 *
 * Flink SQL: `ROW_NUMBER() OVER (PARTITION BY key ORDER BY x DESC) <= n`, whose changes (a rank lost, another gained) come as
 * retractions there; here each result is the whole list, and takes the place of the one before.
 *
 * @throws CORE_OPTION_INVALID, CORE_WINDOW_INVALID, CORE_DURATION_INVALID
 */
export function topNOperator<In, K extends Key>(
  n: number,
  ranking: Ranking<In>,
): OperatorFactory<In, RankedList<K, In>> {
  checkObject(ranking, 'the ranking of topN')
  const { by, ascending = false, idleAfter } = ranking
  checkFunction(by, 'the by of topN')
  if (!Number.isInteger(n) || n < 1 || n > LARGEST_N) {
    throw new MillraceError('CORE_OPTION_INVALID', `the n of topN was ${shown(n)}; it is 1 to ${LARGEST_N}`)
  }
  const idleAfterMs = idleAfterMsOf(idleAfter, 'topN')
  const usesTime = idleAfter !== undefined
  const detail = `${n} ${ascending ? 'smallest' : 'largest'}${usesTime ? `, idle after ${idleAfterMs} ms` : ''}`
  return {
    kind: 'top-n',
    keyed: true,
    usesTime,
    needsTimestamps: usesTime,
    detail,
    create: () => new TopN<In, K>(n, ascending ? 1 : -1, by, detail, idleAfterMs),
  }
}

class TopN<In, K extends Key> implements Operator<In, RankedList<K, In>> {
  readonly #n: number
  readonly #sign: 1 | -1
  readonly #by: ValueSelector<In, PlainValue>
  readonly #detail: string
  readonly #idleAfterMs: number

  // Set in `open`.
  #context!: OperatorContext<RankedList<K, In>>
  #backend!: KeyedStateBackend
  /** The list, which is never changed: the next takes its place. */
  #top!: ValueState<readonly In[]>
  #unranked!: Counter
  #late!: Counter
  #idle: IdleKeys | undefined

  constructor(n: number, sign: 1 | -1, by: ValueSelector<In, PlainValue>, detail: string, idleAfterMs: number) {
    this.#detail = detail
    this.#idleAfterMs = idleAfterMs
    this.#n = n
    this.#sign = sign
    this.#by = by
  }

  open(context: OperatorContext<RankedList<K, In>>): void {
    // A list that was kept shorter, or in the other order, cannot become this one.
    checkShape(context, this.#detail)
    this.#context = context
    this.#backend = context.state
    this.#top = context.state.value('top', { kind: 'value' })
    this.#unranked = context.metrics.counter('unranked')
    this.#late = context.metrics.counter('late')
    this.#idle = idleKeys(context, this.#idleAfterMs)
  }

  processRecord(value: In, timestamp: number): void {
    this.#context.place.step = this.#context.operatorId
    const rank = plainValue(this.#by(value), 'topN')
    if (rank === undefined) {
      this.#unranked.add(1)
      return
    }
    if (this.#idle !== undefined && !this.#idle.isAlive(timestamp)) {
      this.#late.add(1)
      return
    }
    const top = this.#top.get() ?? []
    const at = this.#placeOf(rank, top)
    if (at >= this.#n) return
    const kept = [...top.slice(0, at), value, ...top.slice(at, this.#n - 1)]
    this.#top.set(kept)
    this.#context.output.emit({ key: this.#backend.currentKey as K, top: [...kept] }, timestamp)
  }

  onTimer(): void {
    this.#top.clear()
    this.#idle?.forget()
  }

  /** Behind all of the list that do not rank behind it. */
  #placeOf(rank: PlainValue, top: readonly In[]): number {
    let low = 0
    let high = top.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#by(top[middle] as In) as PlainValue
      if (this.#sign * compareKeys(other, rank) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
