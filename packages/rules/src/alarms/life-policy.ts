import { type ScheduleClock, scheduleClock } from '../compile/schedule-clock.ts'
import { MillraceRulesError } from '../errors.ts'
import { durationMs } from '../expression/duration.ts'
import { describe } from '../schema/problems.ts'
import type { AlarmLife, NotifyStep, RuleLife } from '../schema/rule-life.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import type { Schedule } from '../schema/schedule.ts'
import { allRules } from '../schema/table-rules.ts'
import type { AlarmEvent } from './alarm-event.ts'
import { type ActionBounds, RECIPIENT } from './check-action.ts'
import type { PresenceRule } from './condition-presence.ts'
import type { LateRule } from './late-arrival.ts'
import type { AlarmLifeOptions, NoticeRate, RoleHolders } from './life-options.ts'
import type { GateRule } from './notice-gate.ts'
import { type NoticeText, noticeText } from './notice-text.ts'

/** What becomes of a rule's alarms. */
export interface RulePolicy extends PresenceRule {
  readonly suppressedBy: readonly string[]
  /** In order of time. */
  readonly steps: readonly StepPolicy[]
}

/** One step of who is told. */
export interface StepPolicy {
  readonly roles: readonly string[]
  readonly afterMs: number
  readonly unlessAcknowledged: boolean
  readonly during: WardClock | undefined
}

/** Those who have a role, and their shift. */
export interface HoldersPolicy {
  readonly recipients: readonly string[]
  readonly during: WardClock | undefined
}

/** A rule set's life and the options, checked and ready to go by. Never changes. */
export interface LifePolicy {
  /**
   * What the version of the rules says that raised it: this set, or, while rules change, another, by what the alarm carries. That
   * a rule failed, or is blind, is told by the rule's steps, and over when it works again.
   */
  policyOf(event: AlarmEvent): RulePolicy
  holdersOf(role: string): readonly HoldersPolicy[] | undefined
  readonly bounds: ActionBounds
  readonly fallback: readonly string[]
  readonly text: NoticeText
  readonly late: LateRule
  readonly remindEveryMs: number
  readonly gate: GateRule
}

/** A schedule in the time zone of a ward. */
type WardClock = (ward: string | undefined) => ScheduleClock

type Clocks = (name: string) => WardClock

const DEFAULT_NOTIFY: readonly NotifyStep[] = [{ to: ['ward'] }]

/** @throws RULES_OPTION_INVALID */
export function lifePolicy(ruleSet: RuleSet, options: AlarmLifeOptions): LifePolicy {
  const clocks = clocksOf(ruleSet.schedules)
  const otherwise = stepsOf(options.notify ?? DEFAULT_NOTIFY, 'notify', clocks)
  const rules = new Map(allRules(ruleSet).map((rule) => [rule.id, policyOf(rule, otherwise, clocks)]))
  const unknown: RulePolicy = { latching: false, rearmMs: 0, suppressedBy: [], steps: otherwise }
  const carried = new CarriedPolicies(otherwise)
  const holders = new Map(Object.entries(options.roles ?? {}).map(([role, of]) => [role, holdersOf(role, of, clocks)]))
  const roles = new Set([...rules.values(), unknown].flatMap(({ steps }) => steps.flatMap((step) => step.roles)))
  return {
    policyOf: (event) => {
      const isOurs = event.ruleVersion === ruleSet.version
      const policy = (isOurs ? rules.get(event.rule) : carried.policyOf(event)) ?? unknown
      return event.why.error === undefined ? policy : { ...unknown, steps: policy.steps }
    },
    holdersOf: (role) => holders.get(role),
    bounds: {
      hasRule: (rule) => rules.has(rule),
      hasRole: (role) => roles.has(role) || holders.has(role),
      longestMs: {
        pause: option('longestPause', options.longestPause ?? '10m'),
        snooze: option('longestSnooze', options.longestSnooze ?? '1h'),
        silence: option('longestSilence', options.longestSilence ?? '12h'),
        assign: option('longestAssignment', options.longestAssignment ?? '24h'),
      },
    },
    fallback: checkRecipients('fallback', options.fallback ?? ['fallback']),
    text: noticeText(options.text ?? '{priority}: {because}'),
    late: {
      afterMs: option('lateAfter', options.lateAfter ?? '5m'),
      heldMs: option('lateHeld', options.lateHeld ?? '1m'),
    },
    remindEveryMs: options.remindEvery === undefined ? Infinity : option('remindEvery', options.remindEvery, 1),
    gate: gateRule(options.rate ?? { most: 5, within: '1m' }),
  }
}

/** What alarms of other versions of the rules carry, made ready once for each. */
class CarriedPolicies {
  readonly #otherwise: readonly StepPolicy[]
  readonly #made = new WeakMap<AlarmLife, RulePolicy>()

  constructor(otherwise: readonly StepPolicy[]) {
    this.#otherwise = otherwise
  }

  policyOf({ life, rule }: AlarmEvent): RulePolicy | undefined {
    if (life === undefined) return undefined
    const made = this.#made.get(life) ?? policyOf({ ...life, id: rule }, this.#otherwise, clocksOf(life.schedules))
    this.#made.set(life, made)
    return made
  }
}

/** @throws RULES_OPTION_INVALID */
export function gateRule({ most, within }: NoticeRate): GateRule {
  if (!Number.isSafeInteger(most) || most < 1 || most > 1_000) {
    throw invalid(`rate.most ${describe(most)} is no whole number from 1 to 1,000`)
  }
  return { most, withinMs: option('rate.within', within, 1) }
}

function policyOf(
  rule: RuleLife & { readonly id: string },
  otherwise: readonly StepPolicy[],
  clocks: Clocks,
): RulePolicy {
  return {
    latching: rule.latching ?? false,
    rearmMs: rule.rearm === undefined ? 0 : (durationMs(rule.rearm) as number),
    suppressedBy: rule.suppressedBy ?? [],
    steps: rule.notify === undefined ? otherwise : stepsOf(rule.notify, `${rule.id}.notify`, clocks),
  }
}

function stepsOf(steps: readonly NotifyStep[], name: string, clocks: Clocks): readonly StepPolicy[] {
  if (!Array.isArray(steps) || steps.length === 0) throw invalid(`${name} has no step: nobody would be told`)
  return steps
    .map(({ to, after, unless, during }) => {
      return {
        roles: checkRecipients(`${name}: to`, to),
        afterMs: after === undefined ? 0 : option(`${name}: after`, after),
        unlessAcknowledged: unless === 'acknowledged',
        during: during === undefined ? undefined : clocks(during),
      }
    })
    .sort((a, b) => a.afterMs - b.afterMs)
}

function holdersOf(role: string, of: readonly RoleHolders[], clocks: Clocks): readonly HoldersPolicy[] {
  if (!Array.isArray(of) || of.length === 0) throw invalid(`roles.${role} names nobody`)
  return of.map(({ recipients, during }) => {
    return {
      recipients: checkRecipients(`roles.${role}`, recipients),
      during: during === undefined ? undefined : clocks(during),
    }
  })
}

/** One clock a schedule and zone, so that what it remembers serves all who ask. */
function clocksOf(schedules: RuleSet['schedules'] = {}): Clocks {
  const made = new Map<string, WardClock>()
  return (name) => {
    if (!Object.hasOwn(schedules, name)) throw invalid(`there is no schedule ${describe(name)} in the rule set`)
    const clock = made.get(name) ?? wardClock(schedules[name] as Schedule)
    made.set(name, clock)
    return clock
  }
}

function wardClock(schedule: Schedule): WardClock {
  const everywhere = scheduleClock(schedule)
  if (typeof schedule.zone === 'string') return () => everywhere
  const byWard = new Map(Object.keys(schedule.zone.wards).map((ward) => [ward, scheduleClock(schedule, ward)]))
  return (ward) => (ward === undefined ? everywhere : (byWard.get(ward) ?? everywhere))
}

function checkRecipients(name: string, recipients: readonly string[]): readonly string[] {
  const isList = Array.isArray(recipients) && recipients.length > 0
  if (isList && recipients.every((id) => typeof id === 'string' && RECIPIENT.test(id))) return [...new Set(recipients)]
  throw invalid(`${name} is no list of ids of 1 to 100 visible ASCII characters`)
}

function option(name: string, value: unknown, least = 0): number {
  const ms = durationMs(value)
  if (ms === undefined || ms < least) throw invalid(`${name} ${describe(value)} is no duration that it can have`)
  return ms
}

function invalid(what: string): MillraceRulesError {
  return new MillraceRulesError('RULES_OPTION_INVALID', what)
}
