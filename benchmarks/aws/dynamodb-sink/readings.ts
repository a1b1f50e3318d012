import type { Make } from '../../harness/benchmark.ts'
import { type Reading, readings } from '../readings.ts'

const READINGS = 20_000

export const make: Make<readonly Reading[]> = () => ({ data: readings(READINGS), events: READINGS })
