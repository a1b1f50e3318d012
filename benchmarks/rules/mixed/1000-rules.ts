import type { Make } from '../../harness/benchmark.ts'
import { type Mix, makeMix } from './mix.ts'

export const make: Make<Mix> = () => makeMix(1_000, 10_000, 200)
