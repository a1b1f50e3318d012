import { kafkaJs } from '@millrace/connectors/kafka'
import type { Make } from '../../harness/benchmark.ts'
import { type Messages, messagesFor } from './messages.ts'

export const make: Make<Messages> = () => messagesFor(kafkaJs())
