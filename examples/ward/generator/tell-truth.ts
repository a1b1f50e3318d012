import { ArrivalWatermark } from './arrival-watermark.ts'
import { type Arrival, visitInOrderOfArrival } from './arrivals.ts'
import { type Episode, type EpisodeKind, EpisodePlan } from './episode-plan.ts'
import type { FaultKind } from './line-faults.ts'
import { gatewayIdOf, patientIdOf, patientsOf, phaseOf, type Ward } from './ward-options.ts'
import type { LatenessOptions, Tally, TruthEpisode, TruthLine, WardTruth } from './ward-truth.ts'

/** Counts what the plan of a ward injects, in the order of arrival, without writing a line. */
export function tellTruth(ward: Ward, options: LatenessOptions = {}): WardTruth {
  const lateness = { windowMs: 60_000, outOfOrdernessMs: 5_000, maxFutureMs: 60_000, ...options }
  const count = new Counter<EpisodeKind | FaultKind | 'line' | 'copy' | 'reading'>()
  const late = new Counter<'late-delayed' | 'late-clock' | 'beyond-delayed' | 'beyond-clock'>()
  const lines: Record<FaultKind, TruthLine[]> = emptyLines()
  const gatewayLines = new Array<number>(ward.gateways).fill(0)
  const watermark = new ArrivalWatermark(ward.gateways, lateness)

  visitInOrderOfArrival(ward, (gateway, arrival, isLast) => {
    gatewayLines[gateway] = (gatewayLines[gateway] as number) + 1
    count.add('line')
    watermark.arrive(gateway, arrival.at)
    const { fault, episode, time } = arrival
    if (fault !== undefined && (fault.kind !== 'duplicate' || arrival.isCopy)) {
      count.add(fault.kind)
      if (fault.kind !== 'delayed-within') lines[fault.kind].push(truthLine(ward, arrival, gatewayLines[gateway]))
    }
    if (!arrival.isCopy && (fault === undefined || !BROKEN.has(fault.kind))) {
      count.add('reading')
      if (episode !== undefined) count.add(episode.kind)
      const reason = episode !== undefined && episode.clockOffsetMs !== 0 ? 'clock' : 'delayed'
      const windowEnd = (Math.floor(time / lateness.windowMs) + 1) * lateness.windowMs
      if (time <= watermark.now) late.add(reason === 'clock' ? 'beyond-clock' : 'beyond-delayed')
      if (windowEnd - 1 <= watermark.now) late.add(reason === 'clock' ? 'late-clock' : 'late-delayed')
      watermark.read(gateway, time, arrival.at)
    }
    if (isLast) watermark.finish(gateway)
  })

  const episodes = [...new EpisodePlan(ward).all()]
  const ofKinds = (...kinds: EpisodeKind[]): TruthEpisode[] =>
    episodes.filter(({ kind }) => kinds.includes(kind)).map((episode) => truthEpisode(ward, episode))
  const silent = ofKinds('silent')
  return {
    format: 'millrace-ward-truth/1',
    seed: ward.seed,
    parameters: {
      patients: ward.patients,
      durationMs: ward.seconds * 1_000,
      startMs: ward.startMs,
      patientsPerGateway: ward.patientsPerGateway,
    },
    gateways: gatewayLines.map((lines, gateway) => ({
      id: gatewayIdOf(gateway),
      patients: patientsOf(ward, gateway).map((patient) => patientIdOf(ward, patient)),
      lines,
    })),
    counts: {
      lines: count.of('line'),
      readings: count.of('reading'),
      broken: tally({
        truncated: count.of('truncated'),
        garbage: count.of('garbage'),
        missingPatientId: count.of('missing-patient'),
        unknownUnit: count.of('unknown-unit'),
      }),
      duplicates: count.of('duplicate'),
      unitConversions: count.of('fahrenheit'),
      impossibleValues: tally({
        spo2: count.of('impossible-spo2'),
        temperature: count.of('impossible-temperature'),
        heartRate: count.of('impossible-heart-rate'),
      }),
      wrongClock: tally({ ahead: count.of('clock-ahead'), behind: count.of('clock-behind') }),
      probeOff: tally({ null: count.of('probe-off-null'), zero: count.of('probe-off-zero') }),
      silentSeconds: silent.reduce((sum, episode) => sum + episode.lines, 0),
      delayed: tally({
        within: count.of('delayed-within'),
        beyond: count.of('delayed-beyond'),
        outage: count.of('outage'),
      }),
    },
    lateness: {
      ...lateness,
      beyondBound: tally({ delayed: late.of('beyond-delayed'), wrongClock: late.of('beyond-clock') }),
      late: tally({ delayed: late.of('late-delayed'), wrongClock: late.of('late-clock') }),
    },
    episodes: {
      deterioration: ofKinds('desaturation', 'tachycardia'),
      probeOff: ofKinds('probe-off-null', 'probe-off-zero'),
      silentDevice: silent,
      outage: ofKinds('outage'),
      wrongClock: ofKinds('clock-ahead', 'clock-behind'),
      fahrenheit: ofKinds('fahrenheit'),
    },
    lines: {
      broken: [...BROKEN].flatMap((kind) => lines[kind]).sort(byPlace),
      duplicates: lines.duplicate,
      impossibleValues: [
        ...lines['impossible-spo2'],
        ...lines['impossible-temperature'],
        ...lines['impossible-heart-rate'],
      ].sort(byPlace),
      delayedBeyond: lines['delayed-beyond'],
    },
  }
}

const BROKEN: ReadonlySet<FaultKind> = new Set(['truncated', 'garbage', 'missing-patient', 'unknown-unit'])

const FORMS: Partial<Record<EpisodeKind | FaultKind, string>> = {
  desaturation: 'desaturation',
  tachycardia: 'tachycardia',
  'probe-off-null': 'null',
  'probe-off-zero': 'zero',
  'clock-ahead': 'ahead',
  'clock-behind': 'behind',
  truncated: 'truncated',
  garbage: 'garbage',
  'missing-patient': 'missingPatientId',
  'unknown-unit': 'unknownUnit',
  'impossible-spo2': 'spo2',
  'impossible-temperature': 'temperature',
  'impossible-heart-rate': 'heartRate',
}

/** The bounds that `PatientVitals` keeps at the worst of an episode, its jitter included. */
const PLATEAUS: Partial<Record<EpisodeKind, { vital: string; holds: string }>> = {
  desaturation: { vital: 'spo2', holds: '<= 85' },
  tachycardia: { vital: 'heartRate', holds: '>= 130' },
}

function truthEpisode(ward: Ward, episode: Episode): TruthEpisode {
  const at = (second: number): number => ward.startMs + second * 1_000
  const form = FORMS[episode.kind]
  const plateau = PLATEAUS[episode.kind]
  return {
    patientId: patientIdOf(ward, episode.patient),
    gateway: gatewayIdOf(Math.floor(episode.patient / ward.patientsPerGateway)),
    from: at(episode.from),
    to: at(episode.to),
    lines: episode.to - episode.from,
    ...(form === undefined ? {} : { form }),
    ...(plateau === undefined
      ? {}
      : { plateau: { from: at(episode.plateauFrom), to: at(episode.plateauTo), ...plateau } }),
    ...(episode.clockOffsetMs === 0 ? {} : { clockOffsetMs: episode.clockOffsetMs }),
  }
}

function truthLine(ward: Ward, { patient, second, fault }: Arrival, line: number): TruthLine {
  const form = fault === undefined ? undefined : FORMS[fault.kind]
  return {
    patientId: patientIdOf(ward, patient),
    gateway: gatewayIdOf(Math.floor(patient / ward.patientsPerGateway)),
    line,
    time: ward.startMs + second * 1_000 + phaseOf(ward, patient),
    ...(form === undefined ? {} : { form }),
  }
}

function byPlace(a: TruthLine, b: TruthLine): number {
  const [left, right] = [a.gateway, b.gateway].map((gateway) => Number(gateway.slice('gateway-'.length)))
  return (left as number) - (right as number) || a.line - b.line
}

function tally<K extends string>(counts: { readonly [key in K]: number }): Tally<K> {
  return { total: Object.values<number>(counts).reduce((sum, n) => sum + n, 0), ...counts }
}

function emptyLines(): Record<FaultKind, TruthLine[]> {
  return {
    'delayed-within': [],
    'delayed-beyond': [],
    duplicate: [],
    truncated: [],
    garbage: [],
    'missing-patient': [],
    'unknown-unit': [],
    'impossible-spo2': [],
    'impossible-temperature': [],
    'impossible-heart-rate': [],
  }
}

class Counter<K extends string> {
  readonly #counts = new Map<K, number>()

  add(kind: K): void {
    this.#counts.set(kind, this.of(kind) + 1)
  }

  of(kind: K): number {
    return this.#counts.get(kind) ?? 0
  }
}
