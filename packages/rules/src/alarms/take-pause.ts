import type { LifeDraft } from './life-draft.ts'
import { type PauseInput, pauses } from './pauses.ts'

/** Ends and begins pauses, and says so. */
export function takePause(draft: LifeDraft, input: PauseInput, reason?: string): void {
  const { state, events } = pauses(draft.pauses, input, draft.now)
  draft.pauses = state
  for (const event of events) {
    const { pause } = event
    if (event.type === 'started') {
      draft.fact({ type: pause.kind, pause, ...(event.replaces !== undefined && { replaces: event.replaces }) })
    } else if (event.type === 'expired') draft.fact({ type: 'pause-expired', pause })
    else draft.fact({ type: 'pause-resumed', pause, actor: event.actor, ...(reason !== undefined && { reason }) })
  }
}
