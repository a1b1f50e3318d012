import { MIN_WATERMARK } from '../../elements/timestamp.ts'
import { MillraceError } from '../../errors.ts'
import type { OperatorListState, OperatorStateStore } from '../../state/operator-state.ts'

interface Entry {
  /** What the step's windows and aggregates were when it was written. */
  readonly shape: string
  /** The allowed lateness, by which windows were freed. Not in what earlier versions wrote. */
  readonly latenessMs?: number
  readonly watermark: number
}

/**
 * The watermark up to which a window step is done, kept in its state: so that after a restore no window fires a second time
 * and lateness is judged as before, whatever watermark the host begins with.
 */
export class WindowProgress {
  /** Reached, not only told of: what was due by it has been emitted. */
  watermark: number
  readonly #shape: string
  readonly #latenessMs: number
  readonly #state: OperatorListState<Entry>

  /** @throws CORE_STATE_INCOMPATIBLE when the state was written for other windows or aggregates, or by another lateness. */
  constructor(store: OperatorStateStore, operatorId: string, shape: string, latenessMs = 0) {
    this.#shape = shape
    this.#latenessMs = latenessMs
    this.#state = store.list<Entry>('window-progress')
    const entries = this.#state.get()
    for (const entry of entries) {
      if (entry.shape === shape) {
        // What was freed by a shorter lateness would begin anew, with the late record alone in it.
        if ((entry.latenessMs ?? latenessMs) === latenessMs) continue
        throw new MillraceError(
          'CORE_STATE_INCOMPATIBLE',
          `the state of step '${operatorId}' was kept by an allowed lateness of ${entry.latenessMs} ms, and it is now ${latenessMs} ms`,
        )
      }
      throw new MillraceError(
        'CORE_STATE_INCOMPATIBLE',
        `the state of step '${operatorId}' is that of ${entry.shape}, and it is now ${shape}`,
      )
    }
    this.watermark = entries.length === 0 ? MIN_WATERMARK : Math.min(...entries.map((entry) => entry.watermark))
  }

  save(): void {
    this.#state.update([{ shape: this.#shape, latenessMs: this.#latenessMs, watermark: this.watermark }])
  }
}
