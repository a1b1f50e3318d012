import type { Expression, RuleData, RuleSet, Signal } from '../src/index.ts'

/** An annotation: NaN is a blank. */
export interface Annotation {
  readonly time: number
  readonly value: number
}

/** What is known at a moment. */
export interface Known {
  readonly set: RuleSet
  readonly rule: RuleData
  /** Those up to the moment, oldest first, one a time. */
  annotations(signal: Signal): readonly Annotation[]
  attribute(name: string): number | string | undefined
  limit(name: string): number
}

/** What an expression is worth at `at`, `undefined` where unknown; from the list of readings, in the slowest way. */
export function worth(expression: Expression, at: number, known: Known): number | string | undefined {
  if ('value' in expression) return expression.value
  if ('limit' in expression) return known.limit(expression.limit)
  if ('text' in expression) return expression.text
  if ('attribute' in expression) return known.attribute(expression.attribute)
  if ('use' in expression) return worth(known.set.definitions?.[expression.use] as Expression, at, known)
  if ('op' in expression) {
    const [left, right] = [worth(expression.left, at, known), worth(expression.right, at, known)]
    if (typeof left !== 'number' || typeof right !== 'number') return undefined
    const { op } = expression
    const result = op === '+' ? left + right : op === '-' ? left - right : op === '*' ? left * right : left / right
    return Number.isFinite(result) ? result : undefined
  }
  if ('args' in expression) {
    const args = expression.args.map((arg) => worth(arg, at, known))
    if (!args.every((arg) => typeof arg === 'number')) return undefined
    if (expression.call === 'abs') return Math.abs(args[0] as number)
    return args.sort((a, b) => a - b).at(expression.call === 'least' ? 0 : -1)
  }
  const { signal } = expression
  const { rule } = known
  const readings = known.annotations(signal)
  const isBlank = ({ value }: Annotation) => Number.isNaN(value) || (rule.zeros === 'no-signal' && value === 0)
  const newest = rule.missing === 'hold' ? readings.findLastIndex((reading) => !isBlank(reading)) : readings.length - 1
  const last = readings[newest]
  if (last === undefined || isBlank(last)) return undefined
  const validFor = validForOf(known.set, signal)
  const within = 'within' in expression ? Math.min(ms(expression.within), validFor) : validFor
  if (at > last.time + within) return undefined
  if ('call' in expression || 'ago' in expression) {
    return derived(expression, readings.slice(0, newest + 1), { validFor, isBlank, known })
  }
  return last.value
}

interface About {
  readonly validFor: number
  readonly known: Known
  isBlank(reading: Annotation): boolean
}

function derived(
  expression: Extract<Expression, { call: string; over: string }> | { signal: Signal; ago: string },
  readings: readonly Annotation[],
  { validFor, known, isBlank }: About,
): number | undefined {
  const t = (readings.at(-1) as Annotation).time
  if ('ago' in expression) return inForce(readings, t - ms(expression.ago), { validFor, known, isBlank })
  const { call } = expression
  const over = ms(expression.over)
  if (call === 'baseline')
    return baseline(
      readings.filter((reading) => !isBlank(reading)),
      t,
      over / 24,
    )
  const inside = readings.filter(({ time }) => time > t - over)
  const valued = inside.filter((reading) => !isBlank(reading))
  const values = valued.map(({ value }) => value)
  const least = expression.atLeast ?? (call === 'slope' || call === 'variability' ? 2 : 1)
  if (values.length < least) return undefined
  const total = values.reduce((sum, value) => sum + value, 0)
  const [average, sorted] = [total / values.length, values.toSorted((a, b) => a - b)]
  switch (call) {
    case 'mean':
      return average
    case 'sum':
      return total
    case 'count':
      return values.length
    case 'first':
      return values[0]
    case 'last':
      return values.at(-1)
    case 'min':
      return sorted[0]
    case 'max':
      return sorted.at(-1)
    case 'median':
      return middleOf(sorted)
    case 'rise':
      return (values.at(-1) as number) - (sorted[0] as number)
    case 'fall':
      return (sorted.at(-1) as number) - (values.at(-1) as number)
    case 'variability':
      return Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1))
    case 'slope': {
      const minutes = valued.map(({ time }) => (time - t) / 60_000)
      const middle = minutes.reduce((sum, minute) => sum + minute, 0) / minutes.length
      const over = minutes.reduce((sum, minute, i) => sum + (minute - middle) * ((values[i] as number) - average), 0)
      return over / minutes.reduce((sum, minute) => sum + (minute - middle) ** 2, 0)
    }
    case 'timeInRange': {
      const [low, high] = (expression.between ?? []).map((end) => worth(end, t, known)) as [number, number]
      const from = (inside[0] as Annotation).time
      const moments: boolean[] = []
      // Each quarter of a ms is asked in its middle, so that no end of an interval is hit.
      for (let at = from + 0.125; at < t; at += 0.25) {
        const value = inForce(inside, at, { validFor, known, isBlank })
        if (value !== undefined) moments.push(value >= low && value <= high)
      }
      if (moments.length > 0) return (moments.filter((is) => is).length / moments.length) * 100
      const value = (readings.at(-1) as Annotation).value
      return value >= low && value <= high ? 100 : 0
    }
  }
  throw new Error(`the model does not know ${call}`)
}

function inForce(readings: readonly Annotation[], at: number, { validFor, known, isBlank }: About): number | undefined {
  const past = readings.filter(({ time }) => time <= at)
  const found = known.rule.missing === 'hold' ? past.findLast((reading) => !isBlank(reading)) : past.at(-1)
  return found === undefined || isBlank(found) || at - found.time > validFor ? undefined : found.value
}

function baseline(readings: readonly Annotation[], t: number, slice: number): number | undefined {
  const now = Math.floor(t / slice)
  const bySlice = new Map<number, number[]>()
  for (const { time, value } of readings) {
    const at = Math.floor(time / slice)
    if (at >= now - 24 && at < now) bySlice.set(at, [...(bySlice.get(at) ?? []), value])
  }
  if (bySlice.size < 6) return undefined
  const means = [...bySlice.values()].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  return middleOf(means.toSorted((a, b) => a - b))
}

function middleOf(sorted: readonly number[]): number {
  const [below, above] = [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number]
  return (below + above) / 2
}

export function validForOf(set: RuleSet, signal: Signal): number {
  const own = signal === 'temperature' ? '4h' : /olic$|Pressure$/.test(signal) ? '1h' : '1m'
  return ms(set.validFor?.[signal] ?? own)
}

export function ms(duration: string | undefined): number {
  if (duration === undefined) return 0
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  return Number.parseInt(duration, 10) * units[duration.replace(/^\d+/, '') as keyof typeof units]
}
