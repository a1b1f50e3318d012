import { platformatic } from '@millrace/connectors/kafka'
import type { Make } from '../../harness/benchmark.ts'
import { type ReadingsTopic, readingsTopic } from '../readings.ts'
import { READINGS } from './size.ts'

export const make: Make<ReadingsTopic> = () => readingsTopic(platformatic(), READINGS)
