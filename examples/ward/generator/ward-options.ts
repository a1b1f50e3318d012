import { MillraceError } from '@millrace/core'
import { subSeed } from './hash.ts'

export interface WardOptions {
  /** The same seed gives the same bytes. Default 1. */
  readonly seed?: number
  /** 1 to 9,999. Default 24. */
  readonly patients?: number
  /** For how long the devices measure, in whole seconds written in ms. Default one day. */
  readonly durationMs?: number
  /** The time of the first reading, ms since 1970 UTC, on a whole second, from 1980 on. Default 2026-01-01T00:00:00Z. */
  readonly startMs?: number
  /** Default 6. */
  readonly patientsPerGateway?: number
}

/** A ward's options with their defaults filled in, and what follows from them. */
export interface Ward {
  readonly seed: number
  readonly patients: number
  readonly seconds: number
  readonly startMs: number
  readonly patientsPerGateway: number
  readonly gateways: number
}

const DAY_MS = 86_400_000
const YEAR_1980_MS = Date.UTC(1980, 0)
const YEAR_9000_MS = Date.UTC(9000, 0)

/** @throws CORE_OPTION_INVALID when a value is outside its range. */
export function resolveWard(options: WardOptions = {}): Ward {
  const { seed = 1, patients = 24, durationMs = DAY_MS, startMs = Date.UTC(2026, 0), patientsPerGateway = 6 } = options
  require(Number.isSafeInteger(seed), 'seed', seed, 'a whole number')
  require(isWhole(patients, 1, 9_999), 'patients', patients, 'a whole number from 1 to 9999')
  require(isWhole(patientsPerGateway, 1, 9_999), 'patientsPerGateway', patientsPerGateway, 'a whole number from 1 on')
  require(isWhole(durationMs / 1_000, 1, 1e8), 'durationMs', durationMs, 'a whole number of seconds, in ms')
  require(isWhole(
    startMs / 1_000,
    YEAR_1980_MS / 1_000,
    YEAR_9000_MS / 1_000,
  ), 'startMs', startMs, 'a whole second from 1980 on, in ms')
  const gateways = Math.ceil(patients / patientsPerGateway)
  return { seed, patients, seconds: durationMs / 1_000, startMs, patientsPerGateway, gateways }
}

export function patientIdOf(ward: Ward, patient: number): string {
  return `p${String(patient + 1).padStart(Math.max(2, String(ward.patients).length), '0')}`
}

export function gatewayIdOf(gateway: number): string {
  return `gateway-${gateway + 1}`
}

/** Patients are numbered from 0 across the ward; a gateway serves neighbours. */
export function patientsOf(ward: Ward, gateway: number): readonly number[] {
  const first = gateway * ward.patientsPerGateway
  const end = Math.min(ward.patients, first + ward.patientsPerGateway)
  return Array.from({ length: end - first }, (_, i) => first + i)
}

/** At which ms of each second a patient's device measures. A gateway's first does so on the second itself. */
export function phaseOf(ward: Ward, patient: number): number {
  if (patient % ward.patientsPerGateway === 0) return 0
  return Math.abs(subSeed(ward.seed, 1_000 + patient)) % 700
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

function require(ok: boolean, name: string, value: unknown, expected: string): void {
  if (!ok) throw new MillraceError('CORE_OPTION_INVALID', `${name} was ${String(value)}, not ${expected}`)
}
