import { generatedFunction } from '../../collections/generated-function.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction, AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import {
  type CombinedAccumulator,
  type CombinedAggregate,
  combineAggregates,
  partValues,
} from '../../functions/aggregates/combine-aggregates.ts'

/** What a look-back emits for each record: the record itself, and the aggregates as of it. */
export type OverResult<In, A extends Aggregates<never>> = {
  readonly [Name in 'value' | keyof A]: Name extends 'value'
    ? In
    : Name extends keyof A
      ? AggregateResults<A>[Name]
      : never
}

/** Makes a record's result of what the merged and the retracted aggregates have come to. */
export type MakeOverResult<In, Out> = (
  value: In,
  merged: CombinedAccumulator | undefined,
  retracted: CombinedAccumulator | undefined,
) => Out

/**
 * Aggregates by how rows leave them: those that can take a row back without a trace keep one accumulator and do so; of the others,
 * accumulators of stretches are merged (see `RowStacks`).
 */
export interface OverAggregate<In, Out> {
  /** Shown by `explain()`. */
  readonly name: string
  readonly merged: CombinedAggregate<In, Aggregates<In>> | undefined
  readonly retracted: CombinedAggregate<In, Aggregates<In>> | undefined
  readonly makeResult: MakeOverResult<In, Out>
}

/** @throws CORE_AGGREGATE_INVALID also where an aggregate is called `value`. */
export function overAggregate<In, A extends Aggregates<In>>(aggregates: A): OverAggregate<In, OverResult<In, A>> {
  const { name, names, parts } = combineAggregates<In, A>(aggregates)
  if (names.includes('value')) {
    throw new MillraceError(
      'CORE_AGGREGATE_INVALID',
      "an aggregate was called 'value', which is a field of each look-back's result",
    )
  }
  return {
    name,
    merged: combineThose(aggregates, (aggregate) => !isRetracted(aggregate)),
    retracted: combineThose(aggregates, isRetracted),
    makeResult: resultMaker<In, A>(names, parts),
  }
}

function isRetracted({ retract, retractsExactly }: AggregateFunction<never, unknown, unknown>): boolean {
  return retract !== undefined && retractsExactly === true
}

function combineThose<In>(
  aggregates: Aggregates<In>,
  isOne: (aggregate: AggregateFunction<In, unknown, unknown>) => boolean,
): CombinedAggregate<In, Aggregates<In>> | undefined {
  const some = Object.entries(aggregates).filter(([, aggregate]) => isOne(aggregate))
  return some.length === 0 ? undefined : combineAggregates<In, Aggregates<In>>(Object.fromEntries(some))
}

function resultMaker<In, A extends Aggregates<In>>(
  names: readonly string[],
  parts: readonly AggregateFunction<In, unknown, unknown>[],
): MakeOverResult<In, OverResult<In, A>> {
  const fields = names.map((name) => JSON.stringify(name))
  const from = parts.map((part) => (isRetracted(part) ? 'retracted' : 'merged'))
  return generatedFunction<MakeOverResult<In, OverResult<In, A>>>(
    `(value, merged, retracted) => ({
      value,
      ${fields.map((field, i) => `${field}: part${i}.result(${from[i]}[${field}])`).join(',\n')}
    })`,
    partValues(parts),
    (value, merged, retracted) =>
      ({
        value,
        ...Object.fromEntries(
          names.map((name, i) => [name, parts[i]?.result((from[i] === 'merged' ? merged : retracted)?.[name])]),
        ),
      }) as OverResult<In, A>,
  )
}
