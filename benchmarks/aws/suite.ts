import type { Case, Suite } from '../harness/benchmark.ts'
import { services } from './peer.ts'

/** Of what the bare client does. */
const AIM = 0.9

const at = (path: string): URL => new URL(path, import.meta.url)

/** The connector beside the client that it stands on, used as one would by hand: the same sizes of requests, as many under way. */
function besideClient(name: string, title: string, data: string): Case {
  return {
    name,
    title,
    data: at(`./${name}/${data}.ts`),
    contenders: { millrace: at(`./${name}/millrace.ts`), client: at(`./${name}/client.ts`) },
    aims: { client: AIM },
  }
}

export const suite: Suite = {
  title:
    'aws: each source and sink beside the bare client of its service, against a ministack and a DynamoDB Local of its own',
  surroundings: services,
  cases: [
    besideClient(
      'kinesis-sink',
      'Kinesis, PutRecords: readings of 200 bytes to 4 shards, in the order of keys',
      'readings',
    ),
    besideClient('kinesis-source', 'Kinesis, GetRecords: readings of 200 bytes from 4 shards', 'stream'),
    besideClient('firehose-sink', 'Firehose, PutRecordBatch: readings of 200 bytes as lines', 'readings'),
    besideClient('s3-sink', 'S3, multipart: readings of 200 bytes as lines in objects of 64 MiB', 'readings'),
    besideClient('s3-source', 'S3, GetObject: readings of 200 bytes as lines from objects of 10 MB', 'objects'),
    besideClient('sns-sink', 'SNS, PublishBatch: texts with an attribute, 10 a request', 'readings'),
    besideClient('sqs-sink', 'SQS, SendMessageBatch: readings of 200 bytes, 10 a request', 'readings'),
    besideClient('sqs-source', 'SQS, ReceiveMessage: readings of 200 bytes, received and deleted', 'readings'),
    besideClient('dynamodb-sink', 'DynamoDB, BatchWriteItem: readings of 200 bytes, 25 a request', 'readings'),
    besideClient(
      'dynamodb-newest',
      'DynamoDB, PutItem on the condition that what is there is older: readings of 200 bytes, 32 requests under way',
      'readings',
    ),
    besideClient(
      'dynamodb-transactions',
      'DynamoDB, TransactWriteItems: two writes of each reading, 16 requests under way',
      'readings',
    ),
    besideClient('dynamodb-scan', 'DynamoDB, Scan: readings of 200 bytes in pages of 1 MiB', 'table'),
    besideClient('dynamodb-stream', "DynamoDB, GetRecords: readings of 200 bytes from a table's changes", 'changes'),
  ],
}
