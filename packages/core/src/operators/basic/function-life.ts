import type { RichFunction } from '../../functions/rich-function.ts'
import type { OperatorContext } from '../operator.ts'

/** Opens a user's function and closes it, once each, whatever happens in between. */
export class FunctionLife<S> {
  readonly #fn: RichFunction<S>
  #isOpen = false

  constructor(fn: RichFunction<S>) {
    this.#fn = fn
  }

  open({ operatorId, metrics, isReplay }: OperatorContext<never>, state: S): void {
    this.#isOpen = true
    this.#fn.open?.({ operatorId, metrics, isReplay, state })
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#fn.close?.()
  }
}
