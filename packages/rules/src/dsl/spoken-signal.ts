import { refuseProblems } from '../errors.ts'
import {
  COMPARISON_WORDS,
  type Comparison,
  type ComparisonWord,
  type Operand,
  RANGE_WORDS,
  type RangeWord,
} from '../expression/condition.ts'
import type { Duration } from '../expression/duration.ts'
import type { Expression, WindowFunction } from '../expression/expression.ts'
import type { Quantity } from '../expression/quantity.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import { checkQuantity } from '../schema/parse-quantity.ts'
import { Problems } from '../schema/problems.ts'
import { said } from './said.ts'
import { type Hold, heldExpression, type Part, ValueWords } from './value.ts'
import type { Comparisons, Vitals, WindowOptions } from './words.ts'

/** One signal behind all of `SignalWords`. */
class SpokenSignal extends ValueWords {
  readonly #signal: Signal

  constructor(signal: Signal) {
    super({ signal }, signal, holdSignal(signal))
    this.#signal = signal
  }

  count(count: number): { of(readings: number): Comparisons<Signal> } {
    return { of: (of) => comparisons(this.#signal, { count, of }) }
  }

  within(age: Duration): ValueWords {
    return this.#value('within', { signal: this.#signal, within: this.#said(age, 'within') })
  }

  ago(time: Duration): ValueWords {
    return this.#value('ago', { signal: this.#signal, ago: this.#said(time, 'ago') })
  }

  mean(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('mean', over, options)
  }

  median(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('median', over, options)
  }

  min(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('min', over, options)
  }

  max(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('max', over, options)
  }

  first(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('first', over, options)
  }

  last(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('last', over, options)
  }

  sum(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('sum', over, options)
  }

  readings(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('count', over, options)
  }

  slope(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('slope', over, options)
  }

  rise(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('rise', over, options)
  }

  fall(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('fall', over, options)
  }

  variability(over: Duration, options?: WindowOptions): ValueWords {
    return this.#window('variability', over, options)
  }

  baseline(over: Duration): ValueWords {
    return this.#window('baseline', over)
  }

  timeInRange(low: Part, high: Part, over: Duration, options: WindowOptions = {}): ValueWords {
    const ends = [low, high].map((end, i) => operandOf(end, this.#signal, `${this.#signal}.timeInRange[${i}]`))
    const between = ends as unknown as readonly [Operand, Operand]
    const call = { call: 'timeInRange', signal: this.#signal, over: this.#said(over, 'timeInRange') } as const
    return this.#value('timeInRange', { ...call, ...options, between })
  }

  #window(call: WindowFunction, over: Duration, options: WindowOptions = {}): ValueWords {
    return this.#value(call, { call, signal: this.#signal, over: this.#said(over, call), ...options })
  }

  #value(word: string, expression: Expression): ValueWords {
    return new ValueWords(expression, `${this.#signal}.${word}`)
  }

  #said(duration: Duration, word: string): string {
    return said(duration, `${this.#signal}.${word}`)
  }
}

/** A signal against quantities and limits is a comparison of it; against other values one of expressions. */
function holdSignal(signal: Signal): Hold {
  const held = heldExpression({ signal }, signal)
  const words: readonly string[] = [...COMPARISON_WORDS, ...RANGE_WORDS]
  return (word, operands) => {
    const isPlain = operands.every((operand) => typeof operand !== 'object' || !('toJSON' in operand))
    if (!isPlain || !words.includes(word)) return held(word, operands)
    return comparisonOf(signal, word as ComparisonWord | RangeWord, operands, {})
  }
}

type Counted = Pick<Comparison, 'count' | 'of'>

function comparisons(signal: Signal, counted: Counted): Comparisons<Signal> {
  const of =
    (word: ComparisonWord | RangeWord) =>
    (...operands: readonly Part[]): Comparison =>
      comparisonOf(signal, word, operands, counted)
  return {
    below: of('below'),
    atMost: of('atMost'),
    above: of('above'),
    atLeast: of('atLeast'),
    between: of('between'),
    outside: of('outside'),
  }
}

function comparisonOf(
  signal: Signal,
  word: ComparisonWord | RangeWord,
  operands: readonly Part[],
  counted: Counted,
): Comparison {
  const isRange = word === 'between' || word === 'outside'
  const checked = operands.map((operand, i) =>
    operandOf(operand, signal, `${signal}.${word}${isRange ? `[${i}]` : ''}`),
  )
  return { signal, [word]: isRange ? checked : checked[0], ...counted } as unknown as Comparison
}

/** @throws RULES_INVALID for a unit that is unknown or measures something else. */
function operandOf(against: Part, signal: Signal, path: string): Operand {
  if (typeof against === 'object' && 'limit' in against) return { limit: against.limit }
  const problems = new Problems()
  const quantity = checkQuantity(against, signal, path, problems)
  refuseProblems(problems.list)
  return quantity as Quantity
}

/** The signals, to be spoken of. */
export const VITALS: Vitals = Object.fromEntries(
  SIGNAL_NAMES.map((signal) => [signal, new SpokenSignal(signal)]),
) as unknown as Vitals
