/**
 * The checkpoint coordinator as a pure state machine: `(state, message, now) -> (state, messages)`. It decides; the runtime
 * carries what it says. One checkpoint at a time:
 *
 * ```
 *   idle ──trigger──► aligning ──all have acknowledged──► storing ──stored──► committing ──all committed──► idle
 *                        │ decline, timeout                  │ store-failed       (a failure to commit fails the job)
 *                        └───────────► idle ◄────────────────┘   "aborted": output stays pending for the next one
 * ```
 */
export interface CoordinatorState {
  readonly phase: 'idle' | 'aligning' | 'storing' | 'committing'
  /** Of the current checkpoint; while idle, of the last one. */
  readonly checkpointId: number
  readonly startedAt: number
  readonly participants: readonly string[]
  readonly waitingFor: readonly string[]
  readonly timeoutMs: number
  /** Aborts since the last success; beyond `tolerableFailures` the job fails. */
  readonly failuresInARow: number
  readonly tolerableFailures: number
}

export type CoordinatorInput =
  | { readonly type: 'trigger' }
  | { readonly type: 'acknowledge'; readonly checkpointId: number; readonly from: string }
  | { readonly type: 'decline'; readonly checkpointId: number; readonly from: string; readonly reason: string }
  | { readonly type: 'stored'; readonly checkpointId: number }
  | { readonly type: 'store-failed'; readonly checkpointId: number; readonly reason: string }
  | { readonly type: 'committed'; readonly checkpointId: number; readonly from: string }
  | { readonly type: 'tick' }

export type CoordinatorOutput =
  | { readonly type: 'inject-barrier'; readonly checkpointId: number }
  | { readonly type: 'store'; readonly checkpointId: number }
  | { readonly type: 'commit'; readonly checkpointId: number }
  | { readonly type: 'completed'; readonly checkpointId: number; readonly durationMs: number }
  | { readonly type: 'aborted'; readonly checkpointId: number; readonly reason: string }
  | { readonly type: 'fail-job'; readonly reason: string }

export interface CoordinatorStep {
  readonly state: CoordinatorState
  readonly outputs: readonly CoordinatorOutput[]
}

export interface CoordinatorOptions {
  /** Who has to acknowledge and to commit. */
  readonly participants: readonly string[]
  /** The id of the checkpoint that the job was restored from, 0 for a fresh start. */
  readonly lastCheckpointId: number
  readonly timeoutMs: number
  readonly tolerableFailures: number
}

export function initialCoordinator(options: CoordinatorOptions): CoordinatorState {
  return {
    phase: 'idle',
    checkpointId: options.lastCheckpointId,
    startedAt: 0,
    participants: options.participants,
    waitingFor: [],
    timeoutMs: options.timeoutMs,
    failuresInARow: 0,
    tolerableFailures: options.tolerableFailures,
  }
}

/** What the coordinator does with a message. Messages about another checkpoint, or in another phase, change nothing. */
export function coordinate(state: CoordinatorState, input: CoordinatorInput, now: number): CoordinatorStep {
  switch (input.type) {
    case 'trigger':
      return trigger(state, now)
    case 'acknowledge':
      return isCurrent(state, input, 'aligning') ? acknowledged(state, input.from) : unchanged(state)
    case 'decline':
      return isCurrent(state, input, 'aligning') ? abort(state, `${input.from}: ${input.reason}`) : unchanged(state)
    case 'stored':
      return isCurrent(state, input, 'storing') ? stored(state) : unchanged(state)
    case 'store-failed':
      return isCurrent(state, input, 'storing') ? abort(state, input.reason) : unchanged(state)
    case 'committed':
      return isCurrent(state, input, 'committing') ? committed(state, input.from, now) : unchanged(state)
    case 'tick':
      return tick(state, now)
  }
}

function trigger(state: CoordinatorState, now: number): CoordinatorStep {
  if (state.phase !== 'idle') return unchanged(state)
  const checkpointId = state.checkpointId + 1
  return {
    state: { ...state, phase: 'aligning', checkpointId, startedAt: now, waitingFor: state.participants },
    outputs: [{ type: 'inject-barrier', checkpointId }],
  }
}

function acknowledged(state: CoordinatorState, from: string): CoordinatorStep {
  const waitingFor = state.waitingFor.filter((participant) => participant !== from)
  if (waitingFor.length > 0) return unchanged({ ...state, waitingFor })
  return {
    state: { ...state, phase: 'storing', waitingFor: [] },
    outputs: [{ type: 'store', checkpointId: state.checkpointId }],
  }
}

function stored(state: CoordinatorState): CoordinatorStep {
  return {
    state: { ...state, phase: 'committing', waitingFor: state.participants, failuresInARow: 0 },
    outputs: [{ type: 'commit', checkpointId: state.checkpointId }],
  }
}

function committed(state: CoordinatorState, from: string, now: number): CoordinatorStep {
  const waitingFor = state.waitingFor.filter((participant) => participant !== from)
  if (waitingFor.length > 0) return unchanged({ ...state, waitingFor })
  const { checkpointId } = state
  return {
    state: { ...state, phase: 'idle', waitingFor: [] },
    outputs: [{ type: 'completed', checkpointId, durationMs: now - state.startedAt }],
  }
}

function tick(state: CoordinatorState, now: number): CoordinatorStep {
  if (state.phase !== 'aligning' || now - state.startedAt < state.timeoutMs) return unchanged(state)
  return abort(state, `not acknowledged within ${state.timeoutMs} ms by ${state.waitingFor.join(', ')}`)
}

function abort(state: CoordinatorState, reason: string): CoordinatorStep {
  const failuresInARow = state.failuresInARow + 1
  const outputs: CoordinatorOutput[] = [{ type: 'aborted', checkpointId: state.checkpointId, reason }]
  if (failuresInARow > state.tolerableFailures) outputs.push({ type: 'fail-job', reason })
  return { state: { ...state, phase: 'idle', waitingFor: [], failuresInARow }, outputs }
}

function isCurrent(
  state: CoordinatorState,
  input: { readonly checkpointId: number },
  phase: CoordinatorState['phase'],
): boolean {
  return state.phase === phase && state.checkpointId === input.checkpointId
}

function unchanged(state: CoordinatorState): CoordinatorStep {
  return { state, outputs: [] }
}
