import { AwsPeer } from '../../packages/connectors/test/aws/aws-peer.ts'
import { createTable, itemsOf } from '../../packages/connectors/test/aws/dynamodb-table.ts'
import { type GuideTrial, ndjson } from './trial.ts'

export {
  installDynamoDbLocal as install,
  missingForDynamoDbLocal as missing,
} from '../../packages/connectors/test/aws/install-aws.ts'

/** DynamoDB Local, readings of which the newest comes first, and a line that is none. */
export async function start(signal: AbortSignal): Promise<GuideTrial> {
  const peer = await AwsPeer.dynamoDb({}, signal)
  await createTable(peer.endpoint, 'latest')
  const readings = [3_000, 1_000, 2_000].map((time) => ({ patientId: 'p1', time, heartRate: time / 50 }))
  return {
    started: "DynamoDB Local, with a table 'latest'",
    env: { AWS_ENDPOINT_URL_DYNAMODB: peer.endpoint, LATEST_TABLE: 'latest' },
    files: { 'vitals/a.ndjson': ndjson([...readings, 'no reading']) },
    left: async () => {
      const items = await itemsOf(peer.endpoint, 'latest')
      return items.map((item) => JSON.stringify(Object.fromEntries(Object.entries(item).toSorted())))
    },
    close: () => peer.close(),
  }
}
