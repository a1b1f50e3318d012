// Vitest's global setup of `npm run test:real`: the services of AWS that all files share. A file that breaks its peer starts one.
import type { TestProject } from 'vitest/node'
import { AwsPeer } from './aws-peer.ts'

/** Where the services are that all integration tests share: `inject('aws')`. Take names that no other file has. */
export interface SharedAws {
  /** SNS, SQS, S3, Firehose, Kinesis with fan-out. */
  readonly ministack: string
  readonly dynamoDb: string
}

declare module 'vitest' {
  interface ProvidedContext {
    aws: SharedAws
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const peers = await Promise.all([AwsPeer.ministack(), AwsPeer.dynamoDb()])
  project.provide('aws', { ministack: peers[0].endpoint, dynamoDb: peers[1].endpoint })
  return async () => void (await Promise.all(peers.map((peer) => peer.close())))
}
