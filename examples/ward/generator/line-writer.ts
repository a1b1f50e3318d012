import type { Arrival } from './arrivals.ts'
import { mix } from './hash.ts'
import type { LineFault } from './line-faults.ts'
import { PatientVitals } from './vitals.ts'
import { patientsOf, type Ward } from './ward-options.ts'

/**
 * Writes arrivals out as the JSON lines that a gateway passes on. Gateways are of two makes: every other one writes the
 * time as a number of ms instead of ISO 8601. A copy is written from the same data, so it has the same bytes.
 */
export class LineWriter {
  readonly #vitals: readonly PatientVitals[]
  readonly #openings: readonly string[]
  readonly #firstPatient: number
  readonly #isoTimes: boolean
  #second = -1
  #timeSecond = Number.NaN
  #secondText = ''
  #stampSecond = Number.NaN
  #stampText = ''

  constructor(ward: Ward, gateway: number) {
    this.#vitals = patientsOf(ward, gateway).map((patient) => new PatientVitals(ward, patient))
    this.#openings = this.#vitals.map((vitals) => `{"patientId":"${vitals.patientId}","seq":`)
    this.#firstPatient = gateway * ward.patientsPerGateway
    this.#isoTimes = gateway % 2 === 0
  }

  write(arrival: Arrival): string {
    const device = arrival.patient - this.#firstPatient
    const vitals = this.#vitals[device] as PatientVitals
    vitals.at(arrival.second, arrival.episode)
    const opening = this.#openings[device] as string
    if (arrival.fault !== undefined) return this.#faulty(opening, vitals, arrival, arrival.fault)
    const kind = arrival.episode?.kind
    const spo2 =
      kind === 'probe-off-null' ? ',"spo2":null' : kind === 'probe-off-zero' ? SPO2.of(0) : SPO2.of(vitals.spo2)
    const temperature = kind === 'fahrenheit' ? FAHRENHEIT : CELSIUS
    return (
      this.#head(opening, arrival) +
      RATES.of(vitals.heartRate, vitals.respiratoryRate) +
      spo2 +
      temperature.of(vitals.systolic, vitals.temperatureTenths)
    )
  }

  /** Neighbours share their second, so the long parts of both times are written once for all of them. */
  #head(opening: string, { second, time, stampedAt }: Arrival): string {
    const timeSecond = Math.floor(time / 1_000)
    if (second !== this.#second || timeSecond !== this.#timeSecond) {
      this.#second = second
      this.#timeSecond = timeSecond
      this.#secondText = `${second},"time":${this.#isoTimes ? isoSecond(timeSecond) : timeSecond}`
    }
    const stampSecond = Math.floor(stampedAt / 1_000)
    if (stampSecond !== this.#stampSecond) {
      this.#stampSecond = stampSecond
      this.#stampText = String(stampSecond)
    }
    const timeMs = time - timeSecond * 1_000
    return (
      opening +
      this.#secondText +
      (this.#isoTimes ? ISO_REST : NUMBER_REST).of(timeMs) +
      this.#stampText +
      MILLISECONDS.of(stampedAt - stampSecond * 1_000)
    )
  }

  #faulty(opening: string, vitals: PatientVitals, arrival: Arrival, fault: LineFault): string {
    const { kind, draw } = fault
    if (kind === 'garbage') return garbage(draw)
    const start = kind === 'missing-patient' ? '{"seq":' : opening
    const heartRate = kind === 'impossible-heart-rate' ? 320 + (draw % 600) : vitals.heartRate
    const spo2 = kind === 'impossible-spo2' ? 101 + (draw % 155) : vitals.spo2
    // Ten times too high: a decimal point got lost.
    const tenths = vitals.temperatureTenths * (kind === 'impossible-temperature' ? 10 : 1)
    const temperature =
      kind === 'unknown-unit' ? UNKNOWN_UNIT : arrival.episode?.kind === 'fahrenheit' ? FAHRENHEIT : CELSIUS
    const line =
      this.#head(start, arrival) +
      RATES.of(heartRate, vitals.respiratoryRate) +
      SPO2.of(spo2) +
      temperature.of(vitals.systolic, tenths)
    return kind === 'truncated' ? line.slice(0, 1 + (draw % (line.length - 1))) : line
  }
}

/** What a bad serial line gives: printable, and no JSON. */
function garbage(draw: number): string {
  let text = '#'
  for (let i = 0, left = 8 + (draw % 60); i < left; i++) text += String.fromCharCode(33 + (mix(draw, i, 0) % 94))
  return text
}

/** Texts by whole number, each made once: lines are put together from these. */
class Texts {
  readonly #make: (value: number) => string
  readonly #made: string[] = []

  constructor(make: (value: number) => string) {
    this.#make = make
  }

  of(value: number): string {
    return this.#made[value] ?? this.#add(value)
  }

  #add(value: number): string {
    while (this.#made.length <= value) this.#made.push(this.#make(this.#made.length))
    return this.#made[value] as string
  }
}

/** Texts by two whole numbers: fewer pieces a line. */
class PairTexts {
  readonly #make: (first: number, second: number) => string
  readonly #made: string[][] = []

  constructor(make: (first: number, second: number) => string) {
    this.#make = make
  }

  of(first: number, second: number): string {
    return this.#made[first]?.[second] || this.#add(first, second)
  }

  #add(first: number, second: number): string {
    while (this.#made.length <= first) this.#made.push([])
    const row = this.#made[first] as string[]
    while (row.length <= second) row.push('')
    const text = this.#make(first, second)
    row[second] = text
    return text
  }
}

const temperatures = (unit: string): PairTexts =>
  new PairTexts(
    (systolic, tenths) => `,"systolic":${systolic},"temperature":${tenths / 10},"temperatureUnit":"${unit}"}`,
  )
const RATES = new PairTexts((heart, breath) => `,"heartRate":${heart},"respiratoryRate":${breath}`)
const SPO2 = new Texts((value) => `,"spo2":${value}`)
const CELSIUS = temperatures('Cel')
const FAHRENHEIT = temperatures('[degF]')
const UNKNOWN_UNIT = temperatures('F?')
const MILLISECONDS = new Texts(threeDigits)
const ISO_REST = new Texts((ms) => `${threeDigits(ms)}Z","receivedAt":`)
const NUMBER_REST = new Texts((ms) => `${threeDigits(ms)},"receivedAt":`)

function threeDigits(value: number): string {
  return String(value).padStart(3, '0')
}

function isoSecond(second: number): string {
  return `"${new Date(second * 1_000).toISOString().slice(0, -4)}`
}
