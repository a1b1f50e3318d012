import { MillraceError } from '../../errors.ts'
import type { AggregateFunction, AggregateResults, Aggregates } from '../aggregate-function.ts'

/** Several aggregates as one: its accumulator is the array of theirs. */
export interface CombinedAggregate<In, A extends Aggregates<In>>
  extends AggregateFunction<In, unknown[], AggregateResults<A>> {
  /** In the order of the record that was given. */
  readonly names: readonly string[]
  /** Writes each result under its name into an object that the caller has begun. */
  writeResults(accumulator: readonly unknown[], target: Record<string, unknown>): void
}

/**
 * One aggregate over a record of aggregates: `{ heartRate: mean(...), readings: count() }`. It can take values back where
 * all of them can. `add` and `merge` change their first argument and allocate nothing of their own.
 *
 * @throws CORE_AGGREGATE_INVALID when there is none, or when something in the record is not an aggregate.
 */
export function combineAggregates<In, A extends Aggregates<In>>(aggregates: A): CombinedAggregate<In, A> {
  const names = namesOf(aggregates)
  const parts = names.map((name) => aggregates[name] as AggregateFunction<In, unknown, unknown>)
  const size = parts.length
  const writeResults = (accumulator: readonly unknown[], target: Record<string, unknown>): void => {
    for (let i = 0; i < size; i++) {
      target[names[i] as string] = (parts[i] as AggregateFunction<In, unknown, unknown>).result(accumulator[i])
    }
  }
  const combined: CombinedAggregate<In, A> = {
    name: names.map((name, i) => `${name}: ${parts[i]?.name}`).join(', '),
    names,
    create: () => parts.map((part) => part.create()),
    add(accumulator, value, timestamp) {
      for (let i = 0; i < size; i++) {
        const part = parts[i] as AggregateFunction<In, unknown, unknown>
        accumulator[i] = part.add(accumulator[i], value, timestamp)
      }
      return accumulator
    },
    merge(accumulator, other) {
      for (let i = 0; i < size; i++) {
        const part = parts[i] as AggregateFunction<In, unknown, unknown>
        accumulator[i] = part.merge(accumulator[i], other[i])
      }
      return accumulator
    },
    result(accumulator) {
      const results: Record<string, unknown> = {}
      writeResults(accumulator, results)
      return results as AggregateResults<A>
    },
    writeResults,
  }
  if (!parts.every((part) => part.retract !== undefined)) return combined
  return {
    ...combined,
    retract(accumulator, value) {
      for (let i = 0; i < size; i++) {
        const part = parts[i] as AggregateFunction<In, unknown, unknown>
        accumulator[i] = part.retract?.(accumulator[i], value)
      }
      return accumulator
    },
  }
}

function namesOf(aggregates: unknown): string[] {
  if (typeof aggregates !== 'object' || aggregates === null) {
    throw new MillraceError(
      'CORE_AGGREGATE_INVALID',
      `the aggregates were ${aggregates === null ? 'null' : typeof aggregates}`,
    )
  }
  const names = Object.keys(aggregates)
  if (names.length === 0) throw new MillraceError('CORE_AGGREGATE_INVALID', 'the record of aggregates was empty')
  for (const name of names) {
    // Assigning to it would change an object's prototype instead of making a field.
    if (name === '__proto__') throw new MillraceError('CORE_AGGREGATE_INVALID', "an aggregate was called '__proto__'")
    const problem = problemOf((aggregates as Record<string, unknown>)[name])
    if (problem !== undefined) throw new MillraceError('CORE_AGGREGATE_INVALID', `aggregate '${name}' ${problem}`)
  }
  return names
}

function problemOf(aggregate: unknown): string | undefined {
  if (typeof aggregate === 'function') return 'was a function; call it, as in count()'
  if (typeof aggregate !== 'object' || aggregate === null)
    return `was ${aggregate === null ? 'null' : typeof aggregate}`
  const missing = ['create', 'add', 'merge', 'result'].find(
    (method) => typeof (aggregate as Record<string, unknown>)[method] !== 'function',
  )
  return missing === undefined ? undefined : `has no function '${missing}'`
}
