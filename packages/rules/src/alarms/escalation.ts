import type { Step } from './step.ts'

/** Who is told, and in which role; null for those of `fallback`. */
export interface Addressee {
  readonly role: string | null
  readonly recipient: string
}

/** One step of who is told, as the machine needs it. */
export interface EscalationStep {
  readonly afterMs: number
  readonly unlessAcknowledged: boolean
  /** Who is told at a time: nobody outside of the step's schedule, and where none of the role is on shift. */
  recipientsAt(time: number): readonly Addressee[]
}

/** An alarm that signals: since when, and how far its steps have come. */
export interface Escalation {
  /** Counts how often the alarm has begun to signal: part of each notice's key. */
  readonly episode: number
  readonly since: number
  /** The step that comes next. */
  readonly next: number
  readonly hasTold: boolean
  /** Whether those who are told where nobody else is were told. */
  readonly hasFallenBack: boolean
  /** Steps whose notice did not arrive, and which others were told for. */
  readonly failed: readonly number[]
}

export type EscalationInput =
  | { readonly type: 'signal'; readonly episode: number }
  | { readonly type: 'quiet' }
  | { readonly type: 'tick'; readonly isAcknowledged: boolean }
  /** A notice of a step has not arrived. */
  | { readonly type: 'undelivered'; readonly step: number; readonly isAcknowledged: boolean }

export type EscalationEvent =
  | {
      readonly type: 'told'
      readonly step: number
      readonly recipients: readonly Addressee[]
      readonly because: 'raised' | 'escalated' | 'undelivered'
    }
  | { readonly type: 'passed'; readonly step: number; readonly because: 'acknowledged' | 'shift' }
  /** Nobody would be told: those who are there for that are. */
  | { readonly type: 'fell-back'; readonly because: 'shift' | 'undelivered' }

/**
 * Who is told while an alarm signals, step by step.
 *
 * ```
 *             signal                    a step is due: told, or passed over (acknowledged, or nobody on shift)
 *   (quiet) ──────────► step 0 ─► step 1 ─► … ─► all done
 *      ▲                  │          │               │      a notice has not arrived: the next step at once,
 *      └───── quiet ──────┴──────────┴───────────────┘      behind the last those of `fallback`
 *
 *   none was told, and none of the steps to come will find anyone on shift: those of `fallback` are told at once
 * ```
 */
export function escalation(
  steps: readonly EscalationStep[],
  state: Escalation | undefined,
  input: EscalationInput,
  now: number,
): Step<Escalation | undefined, EscalationEvent> {
  if (input.type === 'signal') {
    if (state !== undefined) return { state, events: [] }
    const { episode } = input
    return { state: { episode, since: now, next: 0, hasTold: false, hasFallenBack: false, failed: [] }, events: [] }
  }
  if (state === undefined || input.type === 'quiet') return { state: undefined, events: [] }
  if (input.type === 'tick') return takeDueSteps(steps, state, now, input.isAcknowledged)
  return input.isAcknowledged || state.failed.includes(input.step)
    ? { state, events: [] }
    : bringForward(steps, { ...state, failed: [...state.failed, input.step] }, now)
}

/** When the next step is due; Infinity where there is none. */
export function escalationDue(steps: readonly EscalationStep[], state: Escalation | undefined): number {
  const step = state === undefined ? undefined : steps[state.next]
  return step === undefined ? Infinity : (state as Escalation).since + step.afterMs
}

function takeDueSteps(
  steps: readonly EscalationStep[],
  before: Escalation,
  now: number,
  isAcknowledged: boolean,
): Step<Escalation, EscalationEvent> {
  const events: EscalationEvent[] = []
  let state = before
  while (escalationDue(steps, state) <= now) {
    const index = state.next
    const step = steps[index] as EscalationStep
    state = { ...state, next: index + 1 }
    if (isAcknowledged && step.unlessAcknowledged) {
      events.push({ type: 'passed', step: index, because: 'acknowledged' })
      continue
    }
    const recipients = step.recipientsAt(now)
    if (recipients.length > 0) {
      state = { ...state, hasTold: true }
      events.push({ type: 'told', step: index, recipients, because: index === 0 ? 'raised' : 'escalated' })
    } else {
      events.push({ type: 'passed', step: index, because: 'shift' })
    }
  }
  if (!isAcknowledged && !state.hasTold && !state.hasFallenBack && willFindNobody(steps, state)) {
    state = { ...state, hasTold: true, hasFallenBack: true }
    events.push({ type: 'fell-back', because: 'shift' })
  }
  return { state, events }
}

function willFindNobody(steps: readonly EscalationStep[], { next, since }: Escalation): boolean {
  return steps.slice(next).every((step) => step.recipientsAt(since + step.afterMs).length === 0)
}

/** The next step that finds someone, without waiting for its time; where there is none, those of `fallback`. */
function bringForward(
  steps: readonly EscalationStep[],
  state: Escalation,
  now: number,
): Step<Escalation, EscalationEvent> {
  const index = steps.findIndex((step, i) => i >= state.next && step.recipientsAt(now).length > 0)
  if (index >= 0) {
    const recipients = (steps[index] as EscalationStep).recipientsAt(now)
    const passed = Array.from({ length: index - state.next }, (_, i): EscalationEvent => {
      return { type: 'passed', step: state.next + i, because: 'shift' }
    })
    const told: EscalationEvent = { type: 'told', step: index, recipients, because: 'undelivered' }
    return { state: { ...state, next: index + 1, hasTold: true }, events: [...passed, told] }
  }
  if (state.hasFallenBack) return { state, events: [] }
  return {
    state: { ...state, hasTold: true, hasFallenBack: true },
    events: [{ type: 'fell-back', because: 'undelivered' }],
  }
}
