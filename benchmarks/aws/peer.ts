import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { clientConfig } from '../../packages/connectors/test/aws/client-config.ts'
import type { Surroundings } from '../harness/benchmark.ts'

const ENDPOINT = 'MILLRACE_BENCH_AWS'
const DYNAMODB_ENDPOINT = 'MILLRACE_BENCH_DYNAMODB'

/** ministack, which has all these services but one in one process of its own, and DynamoDB Local. */
export async function services(): Promise<Surroundings> {
  const [ministack, dynamoDb] = await Promise.all([AwsPeer.ministack(), AwsPeer.dynamoDb()])
  process.env[ENDPOINT] = ministack.endpoint
  process.env[DYNAMODB_ENDPOINT] = dynamoDb.endpoint
  return {
    async close() {
      await Promise.all([ministack.close(), dynamoDb.close()])
    },
  }
}

/** For the constructor of any client but DynamoDB's, the bare one and the connector's. */
export function config() {
  return { ...clientConfig(endpointOf(ENDPOINT)), forcePathStyle: true }
}

export function dynamoDbConfig() {
  return clientConfig(endpointOf(DYNAMODB_ENDPOINT))
}

function endpointOf(name: string): string {
  const endpoint = process.env[name]
  if (endpoint === undefined) throw new Error(`${name} is not set: run it by npm run bench`)
  return endpoint
}
