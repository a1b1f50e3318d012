import { closestName } from '../expression/closest-name.ts'
import { parseQuantity, type Quantity } from '../expression/quantity.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import { dimensionOf, meantUnit, unitsOf } from '../expression/units.ts'
import { at, describe, type Problems } from './problems.ts'

/** A quantity that `signal` can be held against, from `{ value, unit }` or a text such as `88 %`. */
export function checkQuantity(value: unknown, signal: Signal, path: string, problems: Problems): Quantity | undefined {
  const quantity = typeof value === 'string' ? fromText(value, path, problems) : fromObject(value, path, problems)
  if (quantity === undefined || !checkUnit(quantity.unit, signal, at(path, 'unit'), problems)) return undefined
  return quantity
}

function fromText(text: string, path: string, problems: Problems): Quantity | undefined {
  const quantity = parseQuantity(text)
  if (quantity !== undefined && Number.isFinite(quantity.value)) return tidy(quantity)
  return problems.add(path, 'RULES_QUANTITY_INVALID', `${describe(text)} is no number with a unit`)
}

function fromObject(value: unknown, path: string, problems: Problems): Quantity | undefined {
  if (typeof value === 'number') {
    return problems.add(path, 'RULES_QUANTITY_INVALID', `${value} has no unit`)
  }
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['value', 'unit'], path)
  const number = object.value
  const valid = typeof number === 'number' && Number.isFinite(number)
  if (!valid) {
    problems.add(at(path, 'value'), 'RULES_QUANTITY_INVALID', `a finite number is needed, got ${describe(number)}`)
  }
  if (typeof object.unit !== 'string') {
    return problems.add(at(path, 'unit'), 'RULES_FIELD_MISSING', `a unit is needed, got ${describe(object.unit)}`)
  }
  // The unit is looked at even where the number is wrong, so that both mistakes are named at once.
  return tidy({ value: valid ? number : 0, unit: object.unit })
}

function checkUnit(unit: string, signal: Signal, path: string, problems: Problems): boolean {
  const wanted = SIGNALS[signal].dimension
  const dimension = dimensionOf(unit)
  if (dimension === wanted) return true
  const units = unitsOf(wanted)
  if (dimension === undefined) {
    const meant = meantUnit(unit) ?? closestName(unit, units)
    const hint = meant === undefined ? `; known here: ${units.join(', ')}` : `; did you mean ${meant}?`
    problems.add(path, 'RULES_UNIT_UNKNOWN', `unknown unit ${describe(unit)}${hint}`)
  } else {
    const measured = `${describe(unit)} measures a ${dimension}, ${signal} is a ${wanted}`
    problems.add(path, 'RULES_UNIT_MISMATCH', `${measured}; known here: ${units.join(', ')}`)
  }
  return false
}

// -0 would print as 0 and hash as 0, yet divide like neither.
function tidy({ value, unit }: Quantity): Quantity {
  return { value: value === 0 ? 0 : value, unit }
}
