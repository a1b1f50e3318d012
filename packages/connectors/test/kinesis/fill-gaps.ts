import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
} from '@aws-sdk/client-kinesis'
import type { AwsFaultAction, AwsFaultProxy } from '../aws/aws-fault-proxy.ts'

interface IteratorCall {
  readonly StreamName: string
  readonly ShardId: string
  readonly ShardIteratorType: string
  readonly Timestamp?: number
}

/** kinesalite answers no AT_TIMESTAMP: the first record of that time is looked for, and asked for by its sequence number. */
export function fillGaps(proxy: AwsFaultProxy, client: KinesisClient): void {
  proxy.plan('GetShardIterator', atTimestamp(client), { times: Number.POSITIVE_INFINITY })
}

function atTimestamp(client: KinesisClient): AwsFaultAction {
  return async (call) => {
    const asked = JSON.parse(call.body.toString()) as IteratorCall
    if (asked.ShardIteratorType !== 'AT_TIMESTAMP') return call.answer(await call.forward())
    const { Timestamp, ...rest } = asked
    const found = await firstSince(client, asked.StreamName, asked.ShardId, Number(Timestamp) * 1_000)
    const place =
      found?.SequenceNumber === undefined
        ? { ShardIteratorType: 'LATEST' }
        : { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: found.SequenceNumber }
    call.answer(await call.forward(JSON.stringify({ ...rest, ...place })))
  }
}

async function firstSince(
  client: KinesisClient,
  StreamName: string,
  ShardId: string,
  time: number,
): Promise<KinesisRecord | undefined> {
  const begin = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
  let iterator = (await client.send(begin)).ShardIterator
  while (iterator !== undefined) {
    const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
    const found = Records.find(
      ({ ApproximateArrivalTimestamp }) => (ApproximateArrivalTimestamp?.getTime() ?? 0) >= time,
    )
    if (found !== undefined || Records.length === 0) return found
    iterator = NextShardIterator
  }
  return undefined
}
