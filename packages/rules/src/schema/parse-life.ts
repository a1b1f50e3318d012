import { durationText } from '../expression/duration.ts'
import { checkDuration } from './parse-duration.ts'
import { at, describe, type Problems } from './problems.ts'
import { PRIORITIES, type Priority } from './rule-data.ts'
import type { NotifyStep, RuleLife } from './rule-life.ts'

const MOST = 100
const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/

type Fields = Readonly<Record<string, unknown>>

/** A rule's fields of life, in canonical form; those that are wrong are left out. */
export function checkLife(object: Fields, path: string, schedules: Fields, problems: Problems): RuleLife {
  const { latching, rearm, suppressedBy, notify } = object
  if (latching !== undefined && typeof latching !== 'boolean') {
    problems.add(at(path, 'latching'), 'RULES_TYPE_INVALID', `true or false is needed, got ${describe(latching)}`)
  }
  const ms = rearm === undefined ? 0 : checkDuration(rearm, at(path, 'rearm'), problems)
  const ids = suppressedBy === undefined ? [] : checkNames(suppressedBy, at(path, 'suppressedBy'), problems)
  const steps = notify === undefined ? [] : checkSteps(notify, at(path, 'notify'), schedules, problems)
  return {
    ...(latching === true && { latching }),
    ...(ms !== undefined && ms > 0 && { rearm: durationText(ms) }),
    ...(ids.length > 0 && { suppressedBy: ids }),
    ...(steps.length > 0 && { notify: steps }),
  }
}

/** A rule as far as suppression goes; what is refused for another mistake has no priority. */
export interface SuppressibleRule extends Pick<RuleLife, 'suppressedBy'> {
  readonly id: string
  readonly priority?: Priority
  readonly path: string
  /** What suppresses it as it was written, one id perhaps twice: what is wrong stands there. */
  readonly written?: readonly unknown[]
}

/**
 * Refuses what would lose an alarm: one that is suppressed by a rule that is not there, by one of a lower priority, which fewer
 * hear of and later, or in a circle, in which all would fall silent.
 */
export function checkSuppression(rules: readonly SuppressibleRule[], problems: Problems): void {
  if (!rules.some(({ suppressedBy }) => suppressedBy !== undefined)) return
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  for (const rule of rules) {
    const { suppressedBy = [], written = suppressedBy } = rule
    for (const id of suppressedBy) {
      const path = at(at(rule.path, 'suppressedBy'), written.indexOf(id))
      const stronger = byId.get(id)
      if (stronger === undefined) {
        const known = () => [...byId.keys()].filter((one) => one !== rule.id)
        problems.add(path, 'RULES_VALUE_INVALID', `${describe(id)} is no rule of this set`, { written: id, known })
      } else if (rankOf(stronger) > rankOf(rule)) {
        const what = `a rule of ${stronger.priority} priority cannot speak for one of ${rule.priority}`
        problems.add(path, 'RULES_VALUE_INVALID', what)
      }
    }
  }
  const first = firstInCircle(rules)
  if (first === undefined) return
  problems.add(at(first.path, 'suppressedBy'), 'RULES_VALUE_INVALID', 'rules suppress each other in a circle')
}

/** The first rule whose suppressors lead into a circle: it is left when all are taken away that wait for none (Kahn 1962). */
function firstInCircle(rules: readonly SuppressibleRule[]): SuppressibleRule | undefined {
  const waiting = new Map(rules.map(({ id }) => [id, 0]))
  const behind = new Map<string, string[]>()
  for (const { id, suppressedBy = [] } of rules) {
    for (const stronger of suppressedBy) {
      if (!waiting.has(stronger)) continue
      waiting.set(id, (waiting.get(id) ?? 0) + 1)
      const list = behind.get(stronger)
      if (list === undefined) behind.set(stronger, [id])
      else list.push(id)
    }
  }
  const free = [...waiting].flatMap(([id, count]) => (count === 0 ? [id] : []))
  for (const id of free) {
    for (const next of behind.get(id) ?? []) {
      const count = (waiting.get(next) as number) - 1
      waiting.set(next, count)
      if (count === 0) free.push(next)
    }
  }
  return rules.find(({ id }) => waiting.get(id) !== 0)
}

function rankOf({ priority }: SuppressibleRule): number {
  return priority === undefined ? Number.NaN : PRIORITIES.indexOf(priority)
}

function checkNames(value: unknown, path: string, problems: Problems): readonly string[] {
  const array = problems.array(value, path) ?? []
  const names = array.filter((name, i): name is string => {
    if (typeof name === 'string' && NAME.test(name)) return true
    problems.add(at(path, i), 'RULES_ID_INVALID', `${describe(name)} is no id`)
    return false
  })
  return [...new Set(names)]
}

function checkSteps(value: unknown, path: string, schedules: Fields, problems: Problems): readonly NotifyStep[] {
  const array = problems.array(value, path) ?? []
  if (array.length > MOST) problems.add(path, 'RULES_COUNT_INVALID', `at most ${MOST} steps, got ${array.length}`)
  return array.slice(0, MOST).flatMap((step, i) => checkStep(step, at(path, i), schedules, problems) ?? [])
}

function checkStep(value: unknown, path: string, schedules: Fields, problems: Problems): NotifyStep | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['to', 'after', 'unless', 'during'], path)
  const { after, unless, during } = object
  const to = checkNames(object.to, at(path, 'to'), problems)
  if (to.length === 0) return problems.add(at(path, 'to'), 'RULES_FIELD_MISSING', 'a step tells someone')
  const ms = after === undefined ? 0 : (checkDuration(after, at(path, 'after'), problems) ?? 0)
  if (unless !== undefined) problems.choice(unless, ['acknowledged'], at(path, 'unless'))
  if (during !== undefined && !(typeof during === 'string' && Object.hasOwn(schedules, during))) {
    const misnamed = typeof during === 'string' ? { written: during, known: () => Object.keys(schedules) } : undefined
    problems.add(at(path, 'during'), 'RULES_SCHEDULE_UNKNOWN', `there is no schedule ${describe(during)}`, misnamed)
  }
  return {
    to,
    ...(ms > 0 && { after: durationText(ms) }),
    ...(unless !== undefined && { unless: 'acknowledged' }),
    ...(during !== undefined && { during: during as string }),
  }
}
