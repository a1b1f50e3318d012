import { MIN_WATERMARK } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'

/**
 * Makes a split's watermark of its records, one after the other, and of nothing else: no clock, no randomness. Immutable; what
 * changes is its state.
 */
export interface WatermarkGenerator<T, S> {
  /** Half a line for `explain()`. */
  readonly name: string
  /** The state before a split's first record, a new one each time: plain data, which goes into checkpoints. */
  create(): S
  /**
   * Called after each record, in their order; may change the state. Returns what the watermark now is: no record with a
   * timestamp at or below it is still expected. `undefined`, or less than before, leaves it as it is.
   */
  onRecord(state: S, value: T, timestamp: number): number | undefined
}

/** What a checkpoint holds of a generated watermark. */
export interface GeneratedWatermarkSnapshot {
  readonly watermark: number
  readonly state: unknown
}

/** The running part of a generator, one a split. */
export class GeneratedWatermark<T> {
  watermark: number
  readonly #generator: WatermarkGenerator<T, unknown>
  readonly #state: unknown

  constructor(generator: WatermarkGenerator<T, unknown>, restored: GeneratedWatermarkSnapshot | undefined) {
    this.#generator = generator
    this.watermark = restored?.watermark ?? MIN_WATERMARK
    this.#state = restored === undefined ? generator.create() : structuredClone(restored.state)
  }

  /**
   * The watermark after this record. One beyond `limit` is not believed.
   *
   * @throws CORE_TIMESTAMP_INVALID where the generator gives something that is not a finite number.
   */
  onRecord(value: T, timestamp: number, limit: number): number {
    const watermark = this.#generator.onRecord(this.#state, value, timestamp)
    if (watermark === undefined) return this.watermark
    if (!Number.isFinite(watermark)) {
      throw new MillraceError(
        'CORE_TIMESTAMP_INVALID',
        `the watermarks '${this.#generator.name}' gave no finite number`,
      )
    }
    if (watermark > this.watermark && watermark <= limit) this.watermark = watermark
    return this.watermark
  }

  snapshot(): GeneratedWatermarkSnapshot {
    return { watermark: this.watermark, state: structuredClone(this.#state) }
  }
}
