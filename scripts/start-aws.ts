// npx node --conditions=@millrace/source scripts/start-aws.ts: starts the services of AWS as they are had without AWS, on free ports of
// 127.0.0.1, prints the environment in which the jobs of docs/guide find them, and ends them on SIGINT or SIGTERM, or with this process.
//
// Nothing that they hold outlives them. They come by pip and Maven, once: python3 with venv, mvn and java 17 are needed.
import { AwsFaultProxy } from '../packages/connectors/test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../packages/connectors/test/aws/aws-peer.ts'
import { missingAwsPrograms } from '../packages/connectors/test/aws/install-aws.ts'
import { fillGaps } from '../packages/connectors/test/kinesis/fill-gaps.ts'
import { LocalKinesis } from '../packages/connectors/test/kinesis/local-kinesis.ts'

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => interrupted.abort(new Error(`interrupted by ${name}`)))
}

const missing = await missingAwsPrograms()
if (missing.length > 0) throw new Error(`this machine lacks ${missing.join(', ')}`)

const [ministack, dynamoDb, kinesis] = await Promise.all([
  AwsPeer.ministack(interrupted.signal),
  AwsPeer.dynamoDb({}, interrupted.signal),
  LocalKinesis.start(),
])
const kinesisProxy = await AwsFaultProxy.listen(kinesis.endpoint)
fillGaps(kinesisProxy, kinesis.client)

const environment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  // What the SDK itself reads: SNS, SQS, S3 and Firehose are all one server's.
  AWS_ENDPOINT_URL: ministack.endpoint,
  AWS_ENDPOINT_URL_FIREHOSE: ministack.endpoint,
  AWS_ENDPOINT_URL_KINESIS: kinesisProxy.endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
  AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamoDb.endpoint,
  // What the jobs of the guide read.
  AWS_ENDPOINT: ministack.endpoint,
  S3_ENDPOINT: ministack.endpoint,
  KINESIS_ENDPOINT: kinesisProxy.endpoint,
}
for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`)
console.log('# interrupt to end them')

const stayAlive = setInterval(() => undefined, 60_000)
if (!interrupted.signal.aborted) {
  await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve, { once: true }))
}
clearInterval(stayAlive)
kinesisProxy.close()
await Promise.all([ministack.close(), dynamoDb.close(), kinesis.close()])
