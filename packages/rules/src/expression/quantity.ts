import type { DimensionOf, Signal } from './signals.ts'
import type { UnitOf } from './units.ts'

/** A number with its UCUM unit. */
export interface Quantity {
  readonly value: number
  readonly unit: string
}

/** A quantity as a person writes it, in a unit that the signal can be measured in: `'88 %'`, `'12 kPa'`. */
export type QuantityText<S extends Signal> = `${number} ${UnitOf<DimensionOf<S>>}`

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([^\s\d.].*)$/i

/** Takes `'88 %'` apart; `undefined` where it is not a number followed by a unit. Does not look at the unit. */
export function parseQuantity(text: string): Quantity | undefined {
  const parts = QUANTITY.exec(text.trim())
  if (parts === null) return undefined
  return { value: Number(parts[1]), unit: parts[2] as string }
}

export function quantityText({ value, unit }: Quantity): string {
  return `${value} ${unit}`
}
