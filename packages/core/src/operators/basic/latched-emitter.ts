import type { OutputTag } from '../../elements/output-tag.ts'
import type { OperatorContext } from '../operator.ts'

/**
 * Emits for user code that goes on afterwards. A failure further down is kept, so that a user's `catch` around `emit` cannot
 * swallow it: `rethrow` brings it back when the user's function has returned. (A `try` here costs nothing that could be
 * measured; user code may hold one around any emit.)
 */
export class LatchedEmitter<Out> {
  readonly #context: OperatorContext<Out>
  #failure: { readonly error: unknown; readonly step: string } | undefined

  constructor(context: OperatorContext<Out>) {
    this.#context = context
  }

  emit(value: Out, timestamp: number): void {
    const { output, place, operatorId } = this.#context
    try {
      output.emit(value, timestamp)
    } catch (error) {
      this.#failure ??= { error, step: place.step }
      throw error
    }
    place.step = operatorId
  }

  emitTo<T>(tag: OutputTag<T>, value: T, timestamp: number): void {
    const { output, place, operatorId } = this.#context
    try {
      output.emitTo(tag, value, timestamp)
    } catch (error) {
      this.#failure ??= { error, step: place.step }
      throw error
    }
    place.step = operatorId
  }

  rethrow(): void {
    const failure = this.#failure
    if (failure === undefined) return
    this.#context.place.step = failure.step
    throw failure.error
  }
}
