import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { clientConfig } from '../../packages/connectors/test/aws/client-config.ts'
import type { Surroundings } from '../harness/benchmark.ts'

const ENDPOINT = 'MILLRACE_BENCH_AWS'

/** ministack, which has all these services in one process of its own. */
export async function services(): Promise<Surroundings> {
  const ministack = await AwsPeer.ministack()
  process.env[ENDPOINT] = ministack.endpoint
  return { close: () => ministack.close() }
}

/** For the constructor of any client, the bare one and the connector's. */
export function config() {
  const endpoint = process.env[ENDPOINT]
  if (endpoint === undefined) throw new Error(`${ENDPOINT} is not set: run it by npm run bench`)
  return { ...clientConfig(endpoint), forcePathStyle: true }
}
