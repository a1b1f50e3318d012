import { refuseProblems } from '../errors.ts'
import type { Condition } from '../expression/condition.ts'
import type { Duration } from '../expression/duration.ts'
import type { Expression } from '../expression/expression.ts'
import type { QuantityText } from '../expression/quantity.ts'
import type { Signal } from '../expression/signals.ts'
import type { GivenTable } from '../schema/band-table.ts'
import { describe } from '../schema/problems.ts'
import type { RuleData } from '../schema/rule-data.ts'
import { parseRuleSet, type RuleSet } from '../schema/rule-set.ts'
import type { Schedule } from '../schema/schedule.ts'
import type { Defined } from './define.ts'
import type { RuleWords } from './rule.ts'
import type { QuantityOf } from './words.ts'

/** Limits by name; a name begins with its signal: `{ 'heartRate.high': '120 /min' }`. */
export type NamedLimits = { readonly [S in Signal as `${S}.${string}`]?: QuantityText<S> | QuantityOf<S> }

/** What patients' own limits may be, by name: `{ 'heartRate.high': { between: ['100 /min', '160 /min'], longest: '12h' } }`. */
export type NamedOwnLimits = {
  readonly [S in Signal as `${S}.${string}`]?: {
    readonly between?: readonly [low: QuantityText<S> | QuantityOf<S>, high: QuantityText<S> | QuantityOf<S>]
    readonly longest?: Duration
  }
}

export interface RuleSetOptions {
  /** A limit is looked up for the patient, then for the ward, then in `default`, which must have it. */
  readonly limits?: {
    readonly default: NamedLimits
    /** What patients' own limits may be, and how long each may hold. */
    readonly own?: NamedOwnLimits
    readonly wards?: Readonly<Record<string, NamedLimits>>
    readonly patients?: Readonly<Record<string, NamedLimits>>
  }
  /** How long a value holds when no other comes: `1m` for rates and SpO2, `1h` for pressures, `4h` for temperature. */
  readonly validFor?: Readonly<Partial<Record<Signal, Duration>>>
  /** What is known of patients beyond `age`, `weight`, `ward`, `pathway` and `sex`: a `text`, a `number`, or a UCUM unit. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Times of the day, for `during('night')`. */
  readonly schedules?: Readonly<Record<string, Schedule>>
  /** Limits by attribute band and value band; each row is a rule. */
  readonly tables?: readonly GivenTable[]
  /** What `define` gave names to; or as JSON has it, by name. */
  readonly definitions?: readonly Defined[] | Readonly<Record<string, Expression | Condition>>
}

/**
 * Puts rules together, checks them as a whole, and gives them their version. Their order is the order of alarms of one
 * time. The result is the same as that of `parseRuleSet` for the JSON that says the same.
 *
 * @throws RULES_INVALID with every mistake and the path to it in `problems`.
 * @example
 * ```ts
 * import { rule, ruleSet } from '@millrace/rules'
 *
 * const rules = ruleSet([rule('probe-off').whenSilent('spo2', '30s').technical().priority('low')])
 * rules.rules.length // => 1
 * ```
 */
export function ruleSet(rules: readonly (RuleWords | RuleData)[], options: RuleSetOptions = {}): RuleSet {
  const data = rules.map((rule) => ('toJSON' in rule ? rule.toJSON() : rule))
  const { definitions, ...others } = options
  return parseRuleSet({
    format: 2,
    rules: data,
    ...others,
    ...(definitions !== undefined && { definitions: isList(definitions) ? byName(definitions) : definitions }),
  })
}

function isList(definitions: RuleSetOptions['definitions']): definitions is readonly Defined[] {
  return Array.isArray(definitions)
}

function byName(definitions: readonly Defined[]): Record<string, Expression | Condition> {
  const named = new Map<string, Expression | Condition>()
  for (const [i, { defined }] of definitions.entries()) {
    if (named.has(defined.name)) {
      const message = `${describe(defined.name)} is defined already`
      refuseProblems([{ path: `definitions[${i}]`, code: 'RULES_NAME_TAKEN', message }])
    }
    named.set(defined.name, defined.as)
  }
  return Object.fromEntries(named)
}
