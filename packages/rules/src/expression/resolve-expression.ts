import type { AttributeType } from './attributes.ts'
import type { Condition } from './condition.ts'
import { isCondition } from './condition.ts'
import { durationMs } from './duration.ts'
import type { Expression, ScalarCall, Use, WindowCall } from './expression.ts'
import { limitSignal } from './limit-name.ts'
import {
  differenceOf,
  equalMeasures,
  FRACTION,
  isTemperature,
  type Measure,
  measureName,
  NUMBER,
  TIME,
  times,
} from './measure.ts'
import type { Quantity } from './quantity.ts'
import { asDifference, quoted, type Report, reconcile, typeName } from './reconcile.ts'
import { resolveArithmetic } from './resolve-arithmetic.ts'
import type { ConstantNode, LimitNode, Resolved } from './resolved.ts'
import { SIGNALS, type Signal } from './signals.ts'
import { canonicalValue, meantTerm, unitTerm } from './unit-term.ts'

/** What the names in an expression stand for. */
export interface ExpressionScope {
  /** The limits that have a default. */
  readonly limits: Readonly<Record<string, unknown>>
  readonly definitions: Readonly<Record<string, Expression | Condition>>
  readonly attributes: Readonly<Record<string, AttributeType>>
  readonly schedules: Readonly<Record<string, unknown>>
}

/** The scope, where mistakes go, and the definitions that are being resolved. */
export interface Resolving {
  readonly scope: ExpressionScope
  readonly report: Report
  readonly uses: readonly string[]
}

/** Puts an expression together; `undefined` where its parts do not fit, each mistake having been reported. */
export function resolveExpression(expression: Expression, path: string, to: Resolving): Resolved | undefined {
  if ('value' in expression) return resolveQuantity(expression, path, to)
  if ('limit' in expression) return resolveLimit(expression.limit, path, to)
  if ('text' in expression) return { kind: 'text', type: 'text', text: expression.text }
  if ('attribute' in expression) return resolveAttribute(expression.attribute, path, to)
  if ('op' in expression) {
    const left = resolveExpression(expression.left, `${path}.left`, to)
    const right = resolveExpression(expression.right, `${path}.right`, to)
    return left && right && resolveArithmetic(expression.op, left, right, path, to.report)
  }
  if ('use' in expression) return resolveUse(expression, path, to)
  if ('args' in expression) return resolveScalar(expression, path, to)
  if ('call' in expression) return resolveWindow(expression, path, to)
  const { signal } = expression
  const type = measureOf(signal)
  if ('ago' in expression) return { kind: 'past', type, signal, agoMs: durationMs(expression.ago) as number }
  const withinMs = durationMs(expression.within)
  return { kind: 'signal', type, signal, ...(withinMs !== undefined && { withinMs }) }
}

/** What a signal measures. */
export function measureOf(signal: Signal): Measure {
  return unitTerm(SIGNALS[signal].unit)?.measure as Measure
}

/** The definition that stands behind a name, and the names that are being resolved with it. */
export function definitionOf(
  { use }: Use,
  path: string,
  to: Resolving,
): { readonly definition: Expression | Condition; readonly inside: Resolving } | undefined {
  if (!Object.hasOwn(to.scope.definitions, use)) {
    const known = () => Object.keys(to.scope.definitions)
    to.report(path, 'RULES_DEFINITION_UNKNOWN', `there is no definition ${quoted(use)}`, { written: use, known })
    return undefined
  }
  if (to.uses.includes(use)) {
    to.report(path, 'RULES_DEFINITION_CYCLE', `${[...to.uses, use].join(' uses ')}`)
    return undefined
  }
  return {
    definition: to.scope.definitions[use] as Expression | Condition,
    inside: { ...to, uses: [...to.uses, use] },
  }
}

function resolveQuantity(quantity: Quantity, path: string, { report }: Resolving): ConstantNode | undefined {
  const term = unitTerm(quantity.unit)
  if (term === undefined) {
    const meant = meantTerm(quantity.unit)
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`
    report(`${path}.unit`, 'RULES_UNIT_UNKNOWN', `unknown unit ${quoted(quantity.unit)}${hint}`)
    return undefined
  }
  const value = canonicalValue(quantity.value, quantity.unit, term.measure.isPoint) as number
  return { kind: 'constant', type: term.measure, value, quantity }
}

function resolveLimit(limit: string, path: string, { scope, report }: Resolving): LimitNode | undefined {
  const signal = limitSignal(limit)
  if (signal !== undefined && Object.hasOwn(scope.limits, limit)) {
    return { kind: 'limit', type: measureOf(signal), limit }
  }
  const known = () => Object.keys(scope.limits)
  report(`${path}.limit`, 'RULES_LIMIT_UNKNOWN', `limit ${quoted(limit)} has no default`, { written: limit, known })
  return undefined
}

function resolveAttribute(attribute: string, path: string, { scope, report }: Resolving): Resolved | undefined {
  if (!Object.hasOwn(scope.attributes, attribute)) {
    const misnamed = { written: attribute, known: () => Object.keys(scope.attributes) }
    report(path, 'RULES_ATTRIBUTE_UNKNOWN', `attribute ${quoted(attribute)} is not declared`, misnamed)
    return undefined
  }
  const type = scope.attributes[attribute] as AttributeType
  if (type === 'text') return { kind: 'attribute', type, attribute }
  const measure = type === 'number' ? NUMBER : unitTerm(type)?.measure
  return measure && { kind: 'attribute', type: measure, attribute }
}

function resolveUse(use: Use, path: string, to: Resolving): Resolved | undefined {
  const found = definitionOf(use, path, to)
  if (found === undefined) return undefined
  const { definition, inside } = found
  if (!isCondition(definition)) return resolveExpression(definition, path, inside)
  to.report(path, 'RULES_TYPE_MISMATCH', `${quoted(use.use)} is a condition; a value is needed here`)
  return undefined
}

function resolveScalar({ call, args }: ScalarCall, path: string, to: Resolving): Resolved | undefined {
  const resolved = args.map((arg, i) => resolveExpression(arg, `${path}.args[${i}]`, to))
  const [first, ...more] = resolved
  if (first === undefined || resolved.includes(undefined)) return undefined
  let chosen: readonly Resolved[] = [first]
  for (const arg of more as Resolved[]) {
    const [last, next] = reconcile(chosen[0] as Resolved, arg) ?? []
    if (last === undefined || next === undefined) {
      const types = `${typeName(first.type)} and ${typeName(arg.type)}`
      to.report(path, 'RULES_TYPE_MISMATCH', `${call} needs values of one kind, got ${types}`)
      return undefined
    }
    chosen = [...chosen.map((node) => (last.type === node.type ? node : asDifference(node))), next]
  }
  const { type } = chosen[0] as Resolved
  if (type === 'text' || (call === 'abs' && type.isPoint)) {
    to.report(path, 'RULES_TYPE_MISMATCH', `${call} of a ${typeName(type)} says nothing`)
    return undefined
  }
  return { kind: 'scalar', type, call, args: chosen }
}

function resolveWindow(node: WindowCall, path: string, to: Resolving): Resolved | undefined {
  const { call, signal, over } = node
  const of = measureOf(signal)
  const type = windowMeasure(call, of)
  if (type === undefined) {
    to.report(path, 'RULES_TYPE_MISMATCH', `${call} of a ${measureName(of)} says nothing`)
    return undefined
  }
  const atLeast = node.atLeast ?? leastOf(call)
  const resolved = { kind: 'window', type, call, signal, overMs: durationMs(over) as number, atLeast } as const
  if (node.between === undefined) return resolved
  const ends = node.between.map((end, i) => {
    const at = `${path}.between[${i}]`
    const found = 'limit' in end ? resolveLimit(end.limit, at, to) : resolveQuantity(end, at, to)
    if (found === undefined || equalMeasures(found.type, of)) return found
    to.report(at, 'RULES_UNIT_MISMATCH', `a ${measureName(found.type)} is no bound of ${signal}, a ${measureName(of)}`)
    return undefined
  })
  const [low, high] = ends
  if (low === undefined || high === undefined) return undefined
  if (low.kind === 'constant' && high.kind === 'constant' && low.value > high.value) {
    to.report(`${path}.between`, 'RULES_RANGE_EMPTY', 'the lower end is above the upper end')
    return undefined
  }
  return { ...resolved, between: [low, high] }
}

/** How many readings a function needs at least, where nothing is said. */
export function leastOf(call: WindowCall['call']): number {
  return call === 'slope' || call === 'variability' ? 2 : 1
}

function windowMeasure(call: WindowCall['call'], of: Measure): Measure | undefined {
  switch (call) {
    case 'count':
      return NUMBER
    case 'timeInRange':
      return FRACTION
    case 'sum':
      return isTemperature(of) ? undefined : of
    case 'slope':
      return times(differenceOf(of), TIME, -1)
    case 'rise':
    case 'fall':
    case 'variability':
      return differenceOf(of)
    case 'mean':
    case 'median':
    case 'min':
    case 'max':
    case 'first':
    case 'last':
    case 'baseline':
      return of
  }
}
