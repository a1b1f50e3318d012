/** The readings of a window that have a value, oldest first, at distinct times in ms. Only the first `length` are of it. */
export interface Readings {
  readonly times: Float64Array
  readonly values: Float64Array
  readonly length: number
}

/** A function of the readings in a window, of which there is at least one; NaN where it is unknown. */
export type OfReadings = (readings: Readings) => number

/** What the SQL of a function is put together from: DuckDB's, as a window function over the rows of a patient. */
export interface ReadingsSql {
  /** The value of a reading as DOUBLE, NULL where it has none. */
  readonly value: string
  /** Its time in ms as DOUBLE, from a moment that is near enough for products to keep their digits. */
  readonly time: string
  /** The window, to stand behind `over`. */
  readonly window: string
}

/** A function of the readings in a window, of which there is at least one; what is not finite is unknown. */
export type SqlOfReadings = (readings: ReadingsSql) => string
