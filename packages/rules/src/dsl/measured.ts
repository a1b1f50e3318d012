import type { Quantity } from '../expression/quantity.ts'
import type { Dimension, UnitOf } from '../expression/units.ts'

/** What a value measures, for the compiler; `other` is what it cannot tell, and is checked when the rule set is built. */
export type Measured =
  | Dimension
  | 'number'
  | 'time'
  | 'mass'
  | 'temperature difference'
  | `${Dimension} per time`
  | 'other'

type TimeUnit = 'ms' | 's' | 'min' | 'h' | 'd' | 'wk' | 'mo' | 'a'
type MassUnit = 'kg' | 'g' | 'mg' | '[lb_av]'
type DegreeUnit = 'K' | 'Cel' | '[degF]'

/** The UCUM units in which it can be written. */
export type UnitOfMeasured<M extends Measured> = M extends Dimension
  ? UnitOf<M>
  : M extends 'time'
    ? TimeUnit
    : M extends 'mass'
      ? MassUnit
      : M extends 'temperature difference'
        ? DegreeUnit
        : M extends 'temperature per time'
          ? `${DegreeUnit}/${'s' | 'min' | 'h'}`
          : M extends `${infer D extends Dimension} per time`
            ? `${UnitOf<D>}/${'s' | 'min' | 'h'}`
            : M extends 'number'
              ? '1'
              : string

/** A quantity as a person writes it: `'100 /min'`, `'18 a'`, a plain number. */
export type WrittenAs<M extends Measured> =
  | `${number} ${UnitOfMeasured<M>}`
  | (Quantity & { readonly unit: UnitOfMeasured<M> })
  | (M extends 'number' | 'other' ? number : never)

/** What the difference of two of them measures. */
export type DifferenceOf<M extends Measured> = M extends 'temperature' ? 'temperature difference' : M

/** What a change of them by the time measures. */
export type PerTime<D extends Dimension> = `${D} per time`

export type Product<A extends Measured, B extends Measured> = B extends 'number'
  ? DifferenceOf<A>
  : A extends 'number'
    ? DifferenceOf<B>
    : 'other'

export type Quotient<A extends Measured, B extends Measured> = B extends 'number'
  ? DifferenceOf<A>
  : A extends 'other'
    ? 'other'
    : A extends B
      ? 'number'
      : 'other'
