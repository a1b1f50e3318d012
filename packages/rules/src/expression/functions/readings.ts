/** The readings of a window that have a value, oldest first, at distinct times in ms. Only the first `length` are of it. */
export interface Readings {
  readonly times: Float64Array
  readonly values: Float64Array
  readonly length: number
}

/** A function of the readings in a window, of which there is at least one; NaN where it is unknown. */
export type OfReadings = (readings: Readings) => number
