import type { Resolved, ResolvedCondition } from '../expression/resolved.ts'
import type { PatientView } from './patient-view.ts'
import { type Locate, timeOfLocated } from './read-signal.ts'
import { conditionsIn, insideOf } from './resolve-rules.ts'
import type { ScheduleClock } from './schedule-clock.ts'
import { type ChannelNode, isChannelNode } from './to-number.ts'

/**
 * When a condition may next turn by itself, at `from` or later, nothing being heard; Infinity where it cannot. A comparison
 * can only become unknown, and needs no such moment; a schedule begins, and what is said to be unknown becomes so.
 */
export type NextTurn = (view: PatientView, from: number) => number

/** Where turns find what they depend on. */
export interface TurnScope {
  locate(node: ChannelNode): Locate
  clock(schedule: string): (view: PatientView) => ScheduleClock
  /** Whether a schedule's zone is that of the patient's ward. */
  isOfWard(schedule: string): boolean
  /** How long a channel's value holds. */
  validForMs(node: ChannelNode): number
  offset(node: ChannelNode): number
}

/** Where one of the conditions turns by itself; `undefined` where none ever does. */
export function turnsOf(conditions: readonly ResolvedCondition[], scope: TurnScope): NextTurn | undefined {
  const inside = conditions.flatMap(conditionsIn)
  const known = inside.flatMap((one) => (one.kind === 'known' ? insideOf(one.value) : []))
  return earliestOf([...conditions.flatMap((one) => schedulesIn(one, scope)), ...expiriesOf(known, scope)])
}

/** Where a condition's truth becomes unknown, or turns, by itself. */
export function unknownTurnsOf(
  condition: ResolvedCondition,
  values: readonly Resolved[],
  scope: TurnScope,
): NextTurn | undefined {
  return earliestOf([...schedulesIn(condition, scope), ...expiriesOf(values, scope)])
}

function schedulesIn(condition: ResolvedCondition, scope: TurnScope): NextTurn[] {
  return conditionsIn(condition).flatMap((one) => {
    if (one.kind !== 'during') return []
    const clock = scope.clock(one.schedule)
    return [(view: PatientView, from: number) => clock(view).changesAfter(from - 0.5)]
  })
}

/** A value holds until its time plus `validFor`, that moment included: in the next ms it is unknown. */
function expiriesOf(values: readonly Resolved[], scope: TurnScope): NextTurn[] {
  return values.filter(isChannelNode).flatMap((node) => {
    const validForMs = scope.validForMs(node)
    if (validForMs === Infinity) return []
    const [locate, offset] = [scope.locate(node), scope.offset(node)]
    return [
      ({ vitals }: PatientView, from: number) => {
        const located = locate(vitals, from - 1)
        return located === -1 ? Infinity : timeOfLocated(vitals, located, offset) + validForMs + 1
      },
    ]
  })
}

function earliestOf(turns: readonly NextTurn[]): NextTurn | undefined {
  if (turns.length === 0) return undefined
  return (view, from) => {
    let earliest = Infinity
    for (const turn of turns) earliest = Math.min(earliest, turn(view, from))
    return earliest
  }
}
