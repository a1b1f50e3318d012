import type { CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import { type AttributeValue, decodeValue, READERS, type Reading } from './reading.ts'

type Trimmed = { -readonly [K in keyof Reading]: Reading[K] }

/**
 * Makes of a reading what may be kept of it, as plain data: of each signal and attribute that a rule needs the value, and what no rule can use
 * as what it counts as.
 */
export class ReadingTrimmer {
  readonly #signals: readonly { readonly name: Signal; readonly place: number }[]
  readonly #attributes: readonly string[]

  constructor({ layout, attributes }: CompiledRuleSet) {
    this.#signals = layout.signals.map((place) => ({ name: SIGNAL_NAMES[place] as Signal, place }))
    this.#attributes = attributes.map(({ name }) => name).filter((name) => name !== 'ward')
  }

  trim(reading: Reading): Reading {
    const trimmed: Trimmed = { patientId: '', time: reading.time }
    for (const { name, place } of this.#signals) {
      const raw = (READERS[place] as (typeof READERS)[number])(reading)
      if (raw === undefined) continue
      const value = decodeValue(raw, place)
      trimmed[name] = typeof value === 'number' ? value : Number.NaN
    }
    // Whatever else it is, a ward that is no text is one that no rule knows.
    if (reading.ward != null) trimmed.ward = typeof reading.ward === 'string' ? reading.ward : (false as never)
    for (const name of this.#attributes) {
      const raw = reading.attributes?.[name]
      if (raw !== undefined) trimmed.attributes = { ...trimmed.attributes, [name]: plainOf(raw) }
    }
    return trimmed
  }
}

function plainOf(raw: AttributeValue): AttributeValue {
  if (typeof raw !== 'object' || raw === null) return typeof raw === 'string' || typeof raw === 'number' ? raw : null
  const { value, unit } = raw
  const isPlain = (value === null || typeof value === 'number') && typeof unit === 'string'
  return isPlain ? { value, unit } : null
}
