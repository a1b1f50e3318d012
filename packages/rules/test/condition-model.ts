import type { Comparison, Condition, Expression, Operand } from '../src/index.ts'
import { type Known, validForOf, worth } from './expression-model.ts'

/** What is known at a moment, as of that moment. */
type KnownAt = (at: number) => Known

/** Whether a condition holds at `at`, `undefined` where that is unknown; from the lists of readings, in the slowest way. */
export function holds(condition: Condition, at: number, knownAt: KnownAt): boolean | undefined {
  if ('and' in condition) {
    const parts = condition.and.map((part) => holds(part, at, knownAt))
    return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
  }
  if ('or' in condition) {
    const parts = condition.or.map((part) => holds(part, at, knownAt))
    return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false
  }
  if ('not' in condition) {
    const part = holds(condition.not, at, knownAt)
    return part === undefined ? undefined : !part
  }
  if ('atLeastOf' in condition) {
    const parts = condition.conditions.map((part) => holds(part, at, knownAt))
    const [yes, no] = [parts.filter((is) => is === true).length, parts.filter((is) => is === false).length]
    return yes >= condition.atLeastOf ? true : parts.length - no < condition.atLeastOf ? false : undefined
  }
  if ('use' in condition) return holds(knownAt(at).set.definitions?.[condition.use] as Condition, at, knownAt)
  if ('known' in condition) {
    if (worth(condition.known, at, knownAt(at)) !== undefined) return true
    // What runs out is neither known nor said to be unknown until the next whole ms.
    return worth(condition.known, Math.floor(at), knownAt(at)) === undefined ? false : undefined
  }
  if ('during' in condition) return isDuring(knownAt(at), condition.during, at)
  if ('expression' in condition) {
    const { expression, ...word } = condition
    const [name, operand] = Object.entries(word)[0] as [string, Expression | readonly Expression[]]
    const operands = (Array.isArray(operand) ? operand : [operand]) as readonly Expression[]
    const known = knownAt(at)
    const value = worth(expression, at, known)
    return held(
      name,
      value,
      operands.map((one) => worth(one, at, known)),
    )
  }
  return compared(condition as Comparison, at, knownAt(at))
}

function compared(comparison: Comparison, at: number, known: Known): boolean | undefined {
  const { rule, set } = known
  const isBlank = (value: number): boolean => Number.isNaN(value) || (rule.zeros === 'no-signal' && value === 0)
  const readings = known.annotations(comparison.signal)
  const values = readings.filter(({ value }) => !isBlank(value))
  const inForce = rule.missing === 'hold' || readings.at(-1) === values.at(-1) ? values.at(-1) : undefined
  if (inForce === undefined || at > inForce.time + validForOf(set, comparison.signal)) return undefined
  if (comparison.count === undefined || comparison.of === undefined) return satisfies(inForce.value, comparison, known)
  const last = values.slice(-comparison.of).map(({ value }) => satisfies(value, comparison, known))
  const [yes, no] = [last.filter((is) => is).length, last.filter((is) => !is).length]
  if (yes >= comparison.count) return true
  return comparison.of - no < comparison.count ? false : undefined
}

function satisfies(value: number, comparison: Comparison, known: Known): boolean {
  const end = (operand: Operand): number => ('value' in operand ? operand.value : known.limit(operand.limit))
  if ('below' in comparison) return value < end(comparison.below)
  if ('atMost' in comparison) return value <= end(comparison.atMost)
  if ('above' in comparison) return value > end(comparison.above)
  if ('atLeast' in comparison) return value >= end(comparison.atLeast)
  const [low, high] = 'between' in comparison ? comparison.between : comparison.outside
  const isInside = value >= end(low) && value <= end(high)
  return 'between' in comparison ? isInside : !isInside
}

/** A comparison of values that may be unknown, pair by pair. */
function held(
  word: string,
  value: number | string | undefined,
  operands: readonly (number | string | undefined)[],
): boolean | undefined {
  const relations: Record<string, readonly string[]> = {
    below: ['<'],
    atMost: ['<='],
    above: ['>'],
    atLeast: ['>='],
    equals: ['='],
    differs: ['!='],
    between: ['>=', '<='],
    outside: ['<', '>'],
  }
  const isAny = word === 'outside' || word === 'oneOf'
  const parts = operands.map((operand, i) => {
    if (value === undefined || operand === undefined) return undefined
    switch (word === 'oneOf' ? '=' : relations[word]?.[i]) {
      case '<':
        return value < operand
      case '<=':
        return value <= operand
      case '>':
        return value > operand
      case '>=':
        return value >= operand
      case '=':
        return value === operand
      case '!=':
        return value !== operand
    }
    throw new Error(`the model does not know ${word}`)
  })
  if (parts.includes(isAny)) return isAny
  return parts.includes(undefined) ? undefined : !isAny
}

/**
 * On all days, in UTC, or in the wards that are named an hour ahead of it: what zones and days do is held against the runtime's
 * own clocks elsewhere.
 */
function isDuring(known: Known, name: string, at: number): boolean {
  const schedule = known.set.schedules?.[name]
  if (schedule === undefined) throw new Error('no such schedule')
  const isAhead = typeof schedule.zone === 'object' && (known.attribute('ward') ?? '') in schedule.zone.wards
  const minute = (((at / 60_000 + (isAhead ? 60 : 0)) % 1440) + 1440) % 1440
  const [from, to] = [schedule.from, schedule.to].map(
    (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)),
  ) as [number, number]
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}
