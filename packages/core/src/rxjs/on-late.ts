import type { DataStream } from '../api/data-stream.ts'
import { type OutputTag, outputTag } from '../elements/output-tag.ts'

/** A tag for values that come too late, where someone is to be given them. */
export function lateTag<T>(onLate: ((value: T) => void) | undefined): OutputTag<T> | undefined {
  return onLate === undefined ? undefined : outputTag<T>('late')
}

/** Hands each value over that a step sends to a side output, when it does so. */
export function handOver<T>(
  results: DataStream<unknown>,
  tag: OutputTag<T> | undefined,
  take: ((value: T) => void) | undefined,
): void {
  if (tag === undefined || take === undefined) return
  results.getSideOutput(tag).process<never>({ processRecord: (value) => take(value) }, { id: tag.id })
}
