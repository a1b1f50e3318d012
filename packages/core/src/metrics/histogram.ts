/** How numbers are spread. Of those counted in it; all zero where nothing was. */
export interface HistogramSummary {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  /** What was no finite number of zero or more: counted here and nowhere else. */
  readonly invalid: number
}

/** Numbers of zero or more (sizes, durations), kept as counts in a fixed number of buckets. */
export interface Histogram {
  record(value: number): void
  summary(): HistogramSummary
}

const PER_OCTAVE = 16
/** Numbers below 2 ** -LOWEST share the first bucket, those from 2 ** HIGHEST on the last. */
const LOWEST = 20
const HIGHEST = 64

/**
 * A histogram in 11 kB, whatever is recorded. Each bucket is a sixteenth of an octave wide: a quantile is at most 5% above the value
 * that it stands for, `min`, `max` and `mean` are exact (to rounding).
 */
export class BucketHistogram implements Histogram {
  readonly #buckets = new Float64Array((LOWEST + HIGHEST) * PER_OCTAVE)
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0
  #invalid = 0

  record(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      this.#invalid += 1
      return
    }
    const at = bucketOf(value)
    this.#buckets[at] = (this.#buckets[at] as number) + 1
    this.#count += 1
    this.#sum += value
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
  }

  summary(): HistogramSummary {
    const [p50 = 0, p90 = 0, p99 = 0] = [0.5, 0.9, 0.99].map((share) => this.#quantile(share))
    const count = this.#count
    if (count === 0) return { count, min: 0, max: 0, mean: 0, p50, p90, p99, invalid: this.#invalid }
    return { count, min: this.#min, max: this.#max, mean: this.#sum / count, p50, p90, p99, invalid: this.#invalid }
  }

  /** The upper end of the bucket in which the value of this rank is, within what was seen. */
  #quantile(share: number): number {
    if (this.#count === 0) return 0
    let left = Math.max(1, Math.ceil(share * this.#count))
    for (let at = 0; at < this.#buckets.length; at++) {
      left -= this.#buckets[at] as number
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, endOf(at)))
    }
    return this.#max
  }
}

function bucketOf(value: number): number {
  if (value === 0) return 0
  const at = Math.floor((Math.log2(value) + LOWEST) * PER_OCTAVE)
  return Math.min((LOWEST + HIGHEST) * PER_OCTAVE - 1, Math.max(0, at))
}

function endOf(bucket: number): number {
  return 2 ** ((bucket + 1) / PER_OCTAVE - LOWEST)
}
