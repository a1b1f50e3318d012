/** Kleene's three values, in an order in which `and` is the least of them and `or` the greatest. */
export type Truth = typeof FALSE | typeof UNKNOWN | typeof TRUE
export const FALSE = 0
export const UNKNOWN = 1
export const TRUE = 2

export function truth(is: boolean): Truth {
  return is ? TRUE : FALSE
}
