/**
 * The watermark of a ward's readings in the order of arrival: in each gateway the newest time less the bound less 1 ms, in
 * the ward the least of those gateways that have neither ended nor fallen silent. It never goes back.
 */
export class ArrivalWatermark {
  now: number = Number.NEGATIVE_INFINITY
  readonly #newest: number[]
  readonly #lastArrival: number[]
  readonly #isIdle: boolean[]
  readonly #outOfOrdernessMs: number
  readonly #maxFutureMs: number
  readonly #idleAfterMs: number
  #idleDueNotBefore = Number.NEGATIVE_INFINITY

  constructor(
    gateways: number,
    bounds: { readonly outOfOrdernessMs: number; readonly maxFutureMs: number; readonly idleAfterMs?: number },
  ) {
    this.#newest = new Array<number>(gateways).fill(Number.NEGATIVE_INFINITY)
    this.#lastArrival = new Array<number>(gateways).fill(Number.NEGATIVE_INFINITY)
    this.#isIdle = new Array<boolean>(gateways).fill(false)
    this.#outOfOrdernessMs = bounds.outOfOrdernessMs
    this.#maxFutureMs = bounds.maxFutureMs
    this.#idleAfterMs = bounds.idleAfterMs ?? Number.POSITIVE_INFINITY
  }

  /** A line, good or not, has arrived. */
  arrive(gateway: number, at: number): void {
    if (at >= this.#idleDueNotBefore) this.#checkIdle(at)
    this.#lastArrival[gateway] = at
    this.#isIdle[gateway] = false
  }

  /** It was a reading of this time. */
  read(gateway: number, time: number, at: number): void {
    const before = this.#newest[gateway] as number
    if (time <= before || time > at + this.#maxFutureMs) return
    this.#newest[gateway] = time
    if (before - this.#outOfOrdernessMs - 1 <= this.now) this.#combine()
  }

  finish(gateway: number): void {
    this.#newest[gateway] = Number.POSITIVE_INFINITY
    this.#combine()
  }

  #checkIdle(at: number): void {
    this.#idleDueNotBefore = Number.POSITIVE_INFINITY
    this.#lastArrival.forEach((last, gateway) => {
      if (last === Number.NEGATIVE_INFINITY) this.#lastArrival[gateway] = at
      const due = (this.#lastArrival[gateway] as number) + this.#idleAfterMs
      if (at >= due) this.#isIdle[gateway] = true
      else this.#idleDueNotBefore = Math.min(this.#idleDueNotBefore, due)
    })
    this.#combine()
  }

  #combine(): void {
    let least = Number.POSITIVE_INFINITY
    let isHeard = false
    for (let gateway = 0; gateway < this.#newest.length; gateway++) {
      if (this.#isIdle[gateway]) continue
      isHeard = true
      least = Math.min(least, this.#newest[gateway] as number)
    }
    if (isHeard) this.now = Math.max(this.now, least - this.#outOfOrdernessMs - 1)
  }
}
