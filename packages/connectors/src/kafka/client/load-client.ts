import { MillraceConnectorError } from '../../errors.ts'
import type { KafkaClientFactory } from './client-factory.ts'
import { kafkaJs } from './kafka-js/kafka-js.ts'
import { platformatic } from './platformatic/platformatic.ts'

/**
 * The client that is used where none is named: the first that is installed of `@platformatic/kafka` and `kafkajs`.
 *
 * @throws CONNECTOR_PEER_MISSING where neither is; when the job starts.
 */
export function loadClient(
  candidates: readonly KafkaClientFactory[] = [platformatic(), kafkaJs()],
): KafkaClientFactory {
  const names = candidates.map(({ name }) => `'${name}'`).join(' or ')
  return {
    name: names,
    async create(connection) {
      const missing: unknown[] = []
      for (const candidate of candidates) {
        try {
          return await candidate.create(connection)
        } catch (error) {
          if (!(error instanceof MillraceConnectorError) || error.code !== 'CONNECTOR_PEER_MISSING') throw error
          missing.push(error.cause)
        }
      }
      const cause = new AggregateError(missing, 'none could be imported')
      throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', `Kafka needs a client: ${names}`, { cause })
    },
  }
}
