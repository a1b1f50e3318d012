import { MillraceError } from '../errors.ts'

/**
 * Work that may have to wait: it yields what it waits for, and is given what came of it. One text serves a driver that awaits
 * and one that cannot.
 */
export type Waiting<T> = Generator<unknown, T, unknown>

/** The value, once it is there. */
export function* until<T>(value: T | Promise<T>): Waiting<T> {
  return (yield value) as T
}

/** Does the work, awaiting what it waits for. */
export async function settle<T>(work: Waiting<T>): Promise<T> {
  let step = work.next()
  while (step.done !== true) {
    let value: unknown
    try {
      value = await step.value
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(value)
  }
  return step.value
}

/** Does the work at once. @throws CORE_NOT_AVAILABLE where it would have to wait. */
export function settleNow<T>(work: Waiting<T>): T {
  let step = work.next()
  while (step.done !== true) {
    step =
      step.value instanceof Promise
        ? work.throw(
            new MillraceError('CORE_NOT_AVAILABLE', 'a step waits, in a job that is driven by pushes: use execute'),
          )
        : work.next(step.value)
  }
  return step.value
}
