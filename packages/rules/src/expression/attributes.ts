/** What an attribute is: a text, a plain number, or a quantity whose plain numbers are in this UCUM unit. */
export type AttributeType = string

/** Attributes that every rule set knows. `age` is in whole years. */
export const BUILT_IN_ATTRIBUTES: Readonly<Record<string, AttributeType>> = {
  age: 'a',
  ward: 'text',
  pathway: 'text',
  sex: 'text',
  weight: 'kg',
}
