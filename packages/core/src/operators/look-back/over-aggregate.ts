import { generatedFunction } from '../../collections/generated-function.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction, AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import {
  type CombinedAccumulator,
  type CombinedAggregate,
  combineAggregates,
  partValues,
} from '../../functions/aggregates/combine-aggregates.ts'
import { type CombinedFlat, combineFlat } from '../../functions/aggregates/combine-flat.ts'

/** What a look-back emits for each record: the record itself, and the aggregates as of it. */
export type OverResult<In, A extends Aggregates<never>> = {
  readonly [Name in 'value' | keyof A]: Name extends 'value'
    ? In
    : Name extends keyof A
      ? AggregateResults<A>[Name]
      : never
}

/** Makes a record's result of what its aggregates have come to, where they leave in their three ways. */
export type MakeOverResult<In, Out> = (
  value: In,
  cells: Float64Array,
  at: number,
  merged: CombinedAccumulator | undefined,
  retracted: CombinedAccumulator | undefined,
) => Out

/**
 * Aggregates by how rows leave them. Those that can take a row back without a trace keep one accumulator and do so; of the others
 * the sums of stretches are merged (see `RowStacks`), in cells where they have a flat form, else as objects.
 */
export interface OverAggregate<In, Out> {
  /** Shown by `explain()`. */
  readonly name: string
  readonly flat: CombinedFlat<In> | undefined
  /** A row of cells of no rows. */
  readonly nothing: Float64Array
  readonly merged: CombinedAggregate<In, Aggregates<In>> | undefined
  readonly retracted: CombinedAggregate<In, Aggregates<In>> | undefined
  readonly makeResult: MakeOverResult<In, Out>
  /** All of them as objects, where nothing ever leaves. */
  readonly all: CombinedAggregate<In, Aggregates<In>>
  readonly makeResultOfAll: (value: In, accumulator: CombinedAccumulator) => Out
}

type Part<In> = AggregateFunction<In, unknown, unknown>
type Way = 'flat' | 'merged' | 'retracted'

/** @throws CORE_AGGREGATE_INVALID also where an aggregate is called `value`. */
export function overAggregate<In, A extends Aggregates<In>>(aggregates: A): OverAggregate<In, OverResult<In, A>> {
  const all = combineAggregates<In, A>(aggregates)
  const { name, names, parts } = all
  if (names.includes('value')) {
    throw new MillraceError(
      'CORE_AGGREGATE_INVALID',
      "an aggregate was called 'value', which is a field of each look-back's result",
    )
  }
  const ways = waysOf(parts)
  const flat = flatOf(names, parts, ways)
  const nothing = new Float64Array(flat?.width ?? 0)
  flat?.create(nothing, 0)
  return {
    name,
    flat,
    nothing,
    merged: combineThose(names, parts, ways, 'merged'),
    retracted: combineThose(names, parts, ways, 'retracted'),
    makeResult: resultMaker<In, A>(names, parts, ways, flat?.offsets ?? []),
    all,
    makeResultOfAll: resultOfAllMaker<In, A>(names, parts),
  }
}

function waysOf<In>(parts: readonly Part<In>[]): Way[] {
  const retracts = ({ retract, retractsExactly }: Part<In>): boolean =>
    retract !== undefined && retractsExactly === true
  const hasCells = ({ flat }: Part<In>): boolean => flat !== undefined
  // A count besides others costs a cell; alone it needs no stacks.
  const isInCells = parts.some((part) => hasCells(part) && !retracts(part))
  return parts.map((part) => {
    if (hasCells(part) && isInCells) return 'flat'
    return retracts(part) ? 'retracted' : 'merged'
  })
}

function flatOf<In>(
  names: readonly string[],
  parts: readonly Part<In>[],
  ways: readonly Way[],
): CombinedFlat<In> | undefined {
  const isFlat = (_: unknown, i: number): boolean => ways[i] === 'flat'
  const those = parts.filter(isFlat)
  return those.length === 0 ? undefined : combineFlat(names.filter(isFlat), those)
}

function combineThose<In>(
  names: readonly string[],
  parts: readonly Part<In>[],
  ways: readonly Way[],
  way: Way,
): CombinedAggregate<In, Aggregates<In>> | undefined {
  const some = names.flatMap((name, i) => (ways[i] === way ? [[name, parts[i] as Part<In>] as const] : []))
  return some.length === 0 ? undefined : combineAggregates<In, Aggregates<In>>(Object.fromEntries(some))
}

function resultMaker<In, A extends Aggregates<In>>(
  names: readonly string[],
  parts: readonly Part<In>[],
  ways: readonly Way[],
  offsets: readonly number[],
): MakeOverResult<In, OverResult<In, A>> {
  let cellsBefore = 0
  const offsetOf = ways.map((way) => (way === 'flat' ? (offsets[cellsBefore++] as number) : 0))
  // Each part's `result`, of its flat form where that holds it.
  const makers = parts.map((part, i) => (ways[i] === 'flat' ? part.flat : part))
  const fields = names.map((name) => JSON.stringify(name))
  const argument = ways.map((way, i) => (way === 'flat' ? `cells, at + ${offsetOf[i]}` : `${way}[${fields[i]}]`))
  return generatedFunction<MakeOverResult<In, OverResult<In, A>>>(
    `(value, cells, at, merged, retracted) => ({
      value,
      ${fields.map((field, i) => `${field}: part${i}.result(${argument[i]})`).join(',\n')}
    })`,
    partValues(makers),
    (value, cells, at, merged, retracted) => {
      const resultOf = (name: string, i: number): unknown => {
        const part = parts[i] as Part<In>
        if (ways[i] === 'flat') return part.flat?.result(cells, at + (offsetOf[i] as number))
        return part.result((ways[i] === 'merged' ? merged : retracted)?.[name])
      }
      const results = Object.fromEntries(names.map((name, i) => [name, resultOf(name, i)]))
      return { value, ...results } as OverResult<In, A>
    },
  )
}

function resultOfAllMaker<In, A extends Aggregates<In>>(
  names: readonly string[],
  parts: readonly Part<In>[],
): (value: In, accumulator: CombinedAccumulator) => OverResult<In, A> {
  const fields = names.map((name) => JSON.stringify(name))
  return generatedFunction<(value: In, accumulator: CombinedAccumulator) => OverResult<In, A>>(
    `(value, all) => ({
      value,
      ${fields.map((field, i) => `${field}: part${i}.result(all[${field}])`).join(',\n')}
    })`,
    partValues(parts),
    (value, all) =>
      ({
        value,
        ...Object.fromEntries(names.map((name, i) => [name, parts[i]?.result(all[name])])),
      }) as OverResult<In, A>,
  )
}
