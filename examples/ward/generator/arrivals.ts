import { type Episode, EpisodeCursor, EpisodePlan } from './episode-plan.ts'
import { mix, subSeed } from './hash.ts'
import { type LineFault, LineFaultCursor, LineFaultPlan, MAX_DELAY_SECONDS } from './line-faults.ts'
import { patientsOf, phaseOf, type Ward } from './ward-options.ts'

/** One line as it reaches its gateway, before it is written out. */
export interface Arrival {
  readonly patient: number
  /** When it was measured, in seconds from the ward's start. */
  readonly second: number
  /** The event time that the line states, ms since 1970 UTC. */
  readonly time: number
  /** When the gateway first had it: stands in the line. */
  readonly stampedAt: number
  /** When it arrives; later than `stampedAt` for the second copy of a line. */
  readonly at: number
  readonly isCopy: boolean
  readonly episode: Episode | undefined
  readonly fault: LineFault | undefined
}

interface Device {
  readonly patient: number
  readonly phase: number
  readonly episodes: EpisodeCursor
  readonly faults: LineFaultCursor
}

/**
 * The lines of one gateway in the order in which they arrive, a second of arrival at a time. Keeps only the lines under
 * way, which none is for longer than `MAX_DELAY_SECONDS`: so any second is reached by planning the minute before it.
 */
export class GatewayArrivals {
  /** The second after the last in which anything can arrive. */
  readonly end: number
  readonly #startMs: number
  readonly #seconds: number
  readonly #seed: number
  readonly #devices: readonly Device[]
  #underWay: Map<number, Arrival[]> = new Map()
  #next = 0

  constructor(ward: Ward, gateway: number) {
    const episodePlan = new EpisodePlan(ward)
    const faultPlan = new LineFaultPlan(ward, episodePlan)
    this.end = ward.seconds + MAX_DELAY_SECONDS
    this.#startMs = ward.startMs
    this.#seconds = ward.seconds
    this.#seed = subSeed(ward.seed, 4)
    this.#devices = patientsOf(ward, gateway).map((patient) => ({
      patient,
      phase: phaseOf(ward, patient),
      episodes: new EpisodeCursor(episodePlan, patient),
      faults: new LineFaultCursor(faultPlan, patient),
    }))
  }

  /** What arrives in this second, counted from the ward's start. Cheapest when asked one after another. */
  in(second: number): readonly Arrival[] {
    if (second !== this.#next) {
      this.#underWay = new Map()
      for (let earlier = Math.max(0, second - MAX_DELAY_SECONDS); earlier < second; earlier++)
        this.#measure(earlier, [])
      for (const earlier of [...this.#underWay.keys()]) if (earlier < second) this.#underWay.delete(earlier)
    }
    this.#next = second + 1
    const arriving = this.#underWay.get(second) ?? []
    this.#underWay.delete(second)
    if (second < this.#seconds) this.#measure(second, arriving)
    sort(arriving)
    return arriving
  }

  /** The last second in which anything arrives. */
  last(): number {
    let second = this.end - 1
    while (second > 0 && this.in(second).length === 0) second -= 1
    return second
  }

  /** Plans the lines measured in `second`: those that arrive within it go to `arriving`, the others are under way. */
  #measure(second: number, arriving: Arrival[]): void {
    const startOfSecond = this.#startMs + second * 1_000
    for (const { patient, phase, episodes, faults } of this.#devices) {
      const episode = episodes.at(second)
      if (episode?.kind === 'silent') continue
      const fault = faults.at(second)
      const time = startOfSecond + phase + (episode?.clockOffsetMs ?? 0)
      let at = startOfSecond + phase + 15 + (mix(this.#seed, patient, second) & 255)
      if (episode?.kind === 'outage') at = this.#startMs + episode.to * 1_000 + 20 + (second - episode.from) * 7
      if (fault === undefined) {
        this.#send({ patient, second, time, stampedAt: at, at, isCopy: false, episode, fault }, second, arriving)
        continue
      }
      const isDuplicate = fault.kind === 'duplicate'
      if (!isDuplicate) at += fault.delayMs
      const line = { patient, second, time, stampedAt: at, at, isCopy: false, episode, fault }
      this.#send(line, second, arriving)
      if (isDuplicate) this.#send({ ...line, at: at + fault.delayMs, isCopy: true }, second, arriving)
    }
  }

  #send(arrival: Arrival, second: number, arriving: Arrival[]): void {
    const arrivalSecond = Math.floor((arrival.at - this.#startMs) / 1_000)
    if (arrivalSecond === second) {
      arriving.push(arrival)
      return
    }
    const waiting = this.#underWay.get(arrivalSecond)
    if (waiting === undefined) this.#underWay.set(arrivalSecond, [arrival])
    else waiting.push(arrival)
  }
}

/** Visits all gateways' lines in the order in which they arrive; at one time, in the order of the gateways. */
export function visitInOrderOfArrival(
  ward: Ward,
  visit: (gateway: number, arrival: Arrival, isLast: boolean) => void,
): void {
  const gateways = Array.from({ length: ward.gateways }, (_, gateway) => new GatewayArrivals(ward, gateway))
  const lastSeconds = gateways.map((arrivals) => arrivals.last())
  for (let second = 0; second < ward.seconds + MAX_DELAY_SECONDS; second++) {
    const arriving = gateways.map((arrivals) => arrivals.in(second))
    const taken = arriving.map(() => 0)
    for (;;) {
      let first = -1
      let earliest: Arrival | undefined
      for (let gateway = 0; gateway < arriving.length; gateway++) {
        const head = arriving[gateway]?.[taken[gateway] as number]
        if (head === undefined || (earliest !== undefined && head.at >= earliest.at)) continue
        first = gateway
        earliest = head
      }
      if (earliest === undefined) break
      taken[first] = (taken[first] as number) + 1
      visit(first, earliest, second === lastSeconds[first] && taken[first] === arriving[first]?.length)
    }
  }
}

/** By arrival, then by who and what it was, so that the order depends on nothing else. A few lines, nearly in order. */
function sort(arrivals: Arrival[]): void {
  for (let i = 1; i < arrivals.length; i++) {
    const arrival = arrivals[i] as Arrival
    let j = i - 1
    while (j >= 0 && isAfter(arrivals[j] as Arrival, arrival)) {
      arrivals[j + 1] = arrivals[j] as Arrival
      j -= 1
    }
    arrivals[j + 1] = arrival
  }
}

function isAfter(a: Arrival, b: Arrival): boolean {
  if (a.at !== b.at) return a.at > b.at
  if (a.patient !== b.patient) return a.patient > b.patient
  if (a.second !== b.second) return a.second > b.second
  return a.isCopy && !b.isCopy
}
