import { errorName } from './error-name.ts'
import { KafkaFault } from './kafka-fault.ts'

/** @throws KafkaFault where an answer as a whole has an error. */
export function refuse(request: string, code: number): void {
  const error = errorName(code)
  if (error !== undefined) throw new KafkaFault(error, `${request}: ${error}`)
}
