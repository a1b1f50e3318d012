import { NodeHttpHandler } from '@smithy/node-http-handler'

/** For the constructor of any client of AWS: a peer's endpoint, by HTTP/1.1, with credentials that are worth nothing. */
export function clientConfig(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000 }),
    maxAttempts: 1,
  }
}
