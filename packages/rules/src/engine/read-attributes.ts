import type { CompiledAttribute, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import { equalMeasures } from '../expression/measure.ts'
import { canonicalValue, unitTerm } from '../expression/unit-term.ts'
import type { PatientHost, Reject } from './patient-host.ts'
import type { AttributeValue, Reading } from './reading.ts'

/** Takes attributes out of readings, as numbers that conditions can hold against others. */
export class AttributeReader {
  readonly #set: CompiledRuleSet

  readonly #rejects: Reject

  constructor(set: CompiledRuleSet, rejects: Reject) {
    this.#set = set
    this.#rejects = rejects
  }

  /**
   * The attribute of that place, NaN where it is unknown from now on; `undefined` where the reading does not speak of it. One
   * that no rule can use is rejected, and counts as unknown.
   */
  read(place: number, reading: Reading, ctx: PatientHost): number | undefined {
    const attribute = this.#set.attributes[place] as CompiledAttribute
    const { name, type } = attribute
    // A ward that is null is still the last one, see `Reading`.
    const raw = name === 'ward' ? (reading.ward ?? undefined) : reading.attributes?.[name]
    if (raw === undefined) return undefined
    if (raw === null) return Number.NaN
    const value = type === 'text' ? this.#text(name, raw, ctx) : numberOf(raw, attribute)
    if (value !== undefined) return value
    ctx.metrics.counter('rejected').add(1)
    const { time } = reading
    this.#rejects(ctx, {
      patientId: ctx.key,
      time,
      signal: null,
      attribute: name,
      code: 'READING_ATTRIBUTE_INVALID',
    })
    return Number.NaN
  }

  #text(name: string, raw: AttributeValue, ctx: PatientHost): number | undefined {
    if (typeof raw !== 'string') return undefined
    const texts = ctx.state.texts.get()
    if (texts?.[name] !== raw) ctx.state.texts.set({ ...texts, [name]: raw })
    return this.#set.texts.of(raw)
  }
}

function numberOf(raw: AttributeValue, { name, type }: CompiledAttribute): number | undefined {
  if (typeof raw === 'string' || raw === null) return undefined
  const own = type === 'number' ? '1' : type
  const { value, unit } = typeof raw === 'number' ? { value: raw, unit: own } : raw
  if (value === null) return Number.NaN
  if (typeof value !== 'number' || !Number.isFinite(value) || typeof unit !== 'string') return undefined
  const [given, declared] = [unitTerm(unit), unitTerm(own)]
  if (given === undefined || declared === undefined) return undefined
  if (!equalMeasures(given.measure, declared.measure)) return undefined
  // Whoever is 40 years and 9 months old is 40 years old.
  const counted = name === 'age' && unit === 'a' ? Math.floor(value) : value
  return canonicalValue(counted, unit, declared.measure.isPoint)
}
