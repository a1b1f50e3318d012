import { MillraceError } from '@millrace/core'
import type { Source, SourceBatch, Split, SplitReader } from '@millrace/core/connector'
import { type Arrival, GatewayArrivals } from './arrivals.ts'
import { LineWriter } from './line-writer.ts'
import { tellTruth } from './tell-truth.ts'
import { gatewayIdOf, resolveWard, type Ward, type WardOptions } from './ward-options.ts'
import type { LatenessOptions, WardTruth } from './ward-truth.ts'

/** A line as a gateway received it. */
export interface RawLine {
  /** The line's text, without its end. Nothing is promised of what stands in it. */
  readonly raw: string
  /** When it reached the gateway, ms since 1970 UTC. Never goes back within a gateway. */
  readonly receivedAt: number
  readonly gateway: string
  /** The number of the line in its gateway, from 1. */
  readonly position: string
}

export interface GeneratedWard {
  /** One split a gateway, its lines in the order in which they arrived. */
  readonly source: Source<RawLine>
  /**
   * What was injected, counted by the plan and not by reading lines. Takes about a tenth of the time of generating them.
   * `lateness` says for which windows and bounds late readings are counted.
   */
  truth(lateness?: LatenessOptions): WardTruth
}

/** Where to go on: the second of arrival, how many of its lines have been given, and how many of all. */
interface WardPosition {
  readonly second: number
  readonly given: number
  readonly lines: number
}

/**
 * A ward of patients at 1 Hz for five vitals, with what real wards have: deterioration, loose probes, silent devices, bad
 * networks, wrong clocks, other units, broken lines. The same options give the same bytes; `truth()` lists what is in it.
 *
 * Every reading is made from a hash of (seed, patient, second), so any position is reached at once, and memory does not
 * grow with the duration.
 *
 * @throws CORE_OPTION_INVALID when an option is outside its range.
 */
export function generatedWard(options: WardOptions = {}): GeneratedWard {
  const ward = resolveWard(options)
  return { source: wardSource(ward), truth: (lateness) => tellTruth(ward, lateness) }
}

function wardSource(ward: Ward): Source<RawLine> {
  const splits: readonly Split[] = Array.from({ length: ward.gateways }, (_, gateway) => ({ id: gatewayIdOf(gateway) }))
  return {
    kind: 'generated-ward',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => splits }),
    createReader: () => ({
      openSplit(split, position) {
        const gateway = splits.findIndex(({ id }) => id === split.id)
        if (gateway < 0) throw new MillraceError('CORE_CHECKPOINT_MISMATCH', `this ward has no gateway ${split.id}`)
        return new GatewayReader(ward, gateway, position as WardPosition | undefined)
      },
    }),
  }
}

class GatewayReader implements SplitReader<RawLine> {
  readonly #arrivals: GatewayArrivals
  readonly #writer: LineWriter
  readonly #gateway: string
  #second: number
  #given: number
  #lines: number
  #arriving: readonly Arrival[] | undefined

  constructor(ward: Ward, gateway: number, position: WardPosition = { second: 0, given: 0, lines: 0 }) {
    this.#arrivals = new GatewayArrivals(ward, gateway)
    this.#writer = new LineWriter(ward, gateway)
    this.#gateway = gatewayIdOf(gateway)
    this.#second = position.second
    this.#given = position.given
    this.#lines = position.lines
  }

  read(maxRecords: number): SourceBatch<RawLine> | undefined {
    const values: RawLine[] = []
    while (values.length < maxRecords && this.#second < this.#arrivals.end) {
      this.#arriving ??= this.#arrivals.in(this.#second)
      while (values.length < maxRecords && this.#given < this.#arriving.length) {
        const arrival = this.#arriving[this.#given++] as Arrival
        const raw = this.#writer.write(arrival)
        values.push({ raw, receivedAt: arrival.at, gateway: this.#gateway, position: String(++this.#lines) })
      }
      if (this.#given < this.#arriving.length) break
      this.#arriving = undefined
      this.#second += 1
      this.#given = 0
    }
    if (values.length === 0) return undefined
    const position: WardPosition = { second: this.#second, given: this.#given, lines: this.#lines }
    return { values, position }
  }
}
