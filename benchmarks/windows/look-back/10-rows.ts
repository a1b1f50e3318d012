import type { Make } from '../../harness/benchmark.ts'
import { type LookBackData, lookingBackOver } from './data.ts'

export const make: Make<LookBackData> = () => lookingBackOver(10)
