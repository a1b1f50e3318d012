import type { KafkaClientFactory } from './client-factory.ts'
import { platformatic } from './platformatic/platformatic.ts'

/** The client that is used where none is named. */
export function loadClient(): KafkaClientFactory {
  return platformatic()
}
