import type { Aggregates } from '../src/functions/aggregate-function.ts'

/** The same aggregates with nothing but their object form. */
export function withoutFlatForm<In>(aggregates: Aggregates<In>): Aggregates<In> {
  return Object.fromEntries(Object.entries(aggregates).map(([name, { flat: _, ...aggregate }]) => [name, aggregate]))
}
