import type { RuleSetData } from '../schema/rule-data.ts'
import type { ResolvedRule } from './resolve-rules.ts'

/** The texts that rules compare with, each with a number of its own. A patient's text that is none of them has 0. */
export class TextNumbers {
  readonly #numbers = new Map<string, number>()

  /** In the order of their numbers. */
  get texts(): readonly string[] {
    return [...this.#numbers.keys()]
  }

  of(text: string): number {
    return this.#numbers.get(text) ?? 0
  }

  add(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size + 1)
    return this.#numbers.size
  }
}

/** The texts of a set: their numbers follow from the set alone. */
export function textNumbersOf(rules: readonly ResolvedRule[], { schedules = {} }: RuleSetData): TextNumbers {
  const texts = new TextNumbers()
  for (const { needs } of rules) for (const text of needs.texts) texts.add(text)
  for (const { zone } of Object.values(schedules)) {
    if (typeof zone === 'object') for (const ward of Object.keys(zone.wards)) texts.add(ward)
  }
  return texts
}
