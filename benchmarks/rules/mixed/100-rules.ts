import type { Make } from '../../harness/benchmark.ts'
import { type Mix, makeMix } from './mix.ts'

export const make: Make<Mix> = () => makeMix(100, 10_000, 40)
