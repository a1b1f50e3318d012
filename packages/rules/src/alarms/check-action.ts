import type { ActionCode, AlarmAction } from './alarm-action.ts'

/** What an action is checked against. */
export interface ActionBounds {
  hasRule(rule: string): boolean
  hasRole(role: string): boolean
  readonly longestMs: Readonly<Record<'pause' | 'snooze' | 'silence' | 'assign', number>>
}

const LONGEST_ACTOR = 200
const LONGEST_REASON = 1_000
const MOST_RECIPIENTS = 100
/** As a notice's key takes it. */
export const RECIPIENT: RegExp = /^[!-~]{1,100}$/

/** Which of the actions it is; null for none. */
export function actionOf(value: unknown): AlarmAction['action'] | null {
  const action: unknown = Object(value).action
  return typeof action === 'string' && Object.hasOwn(CHECKS, action) ? (action as AlarmAction['action']) : null
}

/** Why nothing may come of an action; undefined where it may. It came over a wire: its type is a claim. */
export function checkAction(value: unknown, bounds: ActionBounds, now: number): ActionCode | undefined {
  const action = actionOf(value)
  if (action === null) return 'ACTION_UNKNOWN'
  const given = value as Readonly<Record<string, unknown>>
  if (!isText(given.actor, LONGEST_ACTOR)) return 'ACTION_ACTOR_INVALID'
  const mayLackReason = !REASONED.has(action) && given.reason === undefined
  if (!mayLackReason && !isText(given.reason, LONGEST_REASON)) return 'ACTION_REASON_INVALID'
  return CHECKS[action](given, bounds, now)
}

type Check = (given: Readonly<Record<string, unknown>>, bounds: ActionBounds, now: number) => ActionCode | undefined

const REASONED: ReadonlySet<AlarmAction['action']> = new Set(['pause', 'snooze', 'silence'] as const)

const CHECKS: Readonly<Record<AlarmAction['action'], Check>> = {
  acknowledge: ({ alarm }) => (isText(alarm, LONGEST_ACTOR) ? undefined : 'ACTION_ALARM_UNKNOWN'),
  pause: (given, bounds, now) => checkRule(given, bounds, true) ?? checkExpiry('pause', given, bounds, now),
  snooze: (given, bounds, now) => checkRule(given, bounds, true) ?? checkExpiry('snooze', given, bounds, now),
  silence: (given, bounds, now) => checkRule(given, bounds, false) ?? checkExpiry('silence', given, bounds, now),
  resume: (given, bounds) => checkRule(given, bounds, true),
  assign: (given, bounds, now) => checkAssignment(given, bounds) ?? checkExpiry('assign', given, bounds, now),
  delivered: checkDelivery,
  undelivered: checkDelivery,
}

function checkRule(
  { rule }: Readonly<Record<string, unknown>>,
  bounds: ActionBounds,
  mayLack: boolean,
): ActionCode | undefined {
  if (rule === undefined && mayLack) return undefined
  return typeof rule === 'string' && bounds.hasRule(rule) ? undefined : 'ACTION_RULE_UNKNOWN'
}

function checkExpiry(
  kind: keyof ActionBounds['longestMs'],
  { until }: Readonly<Record<string, unknown>>,
  bounds: ActionBounds,
  now: number,
): ActionCode | undefined {
  if (typeof until !== 'number' || !Number.isFinite(until) || until <= now) return 'ACTION_EXPIRY_INVALID'
  return until - now > bounds.longestMs[kind] ? 'ACTION_EXPIRY_TOO_LONG' : undefined
}

function checkAssignment(
  { role, recipients }: Readonly<Record<string, unknown>>,
  bounds: ActionBounds,
): ActionCode | undefined {
  if (typeof role !== 'string' || !bounds.hasRole(role)) return 'ACTION_ROLE_UNKNOWN'
  const isList = Array.isArray(recipients) && recipients.length > 0 && recipients.length <= MOST_RECIPIENTS
  return isList && recipients.every(isRecipient) ? undefined : 'ACTION_RECIPIENTS_INVALID'
}

function checkDelivery({ notice, recipient, code }: Readonly<Record<string, unknown>>): ActionCode | undefined {
  if (!isText(notice, LONGEST_ACTOR) || (code !== undefined && !isText(code, 100))) return 'ACTION_NOTICE_INVALID'
  return isRecipient(recipient) ? undefined : 'ACTION_RECIPIENTS_INVALID'
}

function isRecipient(value: unknown): boolean {
  return typeof value === 'string' && RECIPIENT.test(value)
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longest
}
