import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { DuckDBInstance } from '@duckdb/node-api'
import { LocalBucket } from '../aws/local-bucket.ts'
import { LocalTopic } from '../aws/local-topic.ts'
import { LocalKinesis } from '../kinesis/local-kinesis.ts'
import type { CrisisPlaces, Pressure } from './crisis-job.ts'

let worlds = 0

/** What a job finds around it: a stream to feed, a topic that is listened to, a bucket that SQL is asked about. */
export class CrisisWorld {
  readonly places: CrisisPlaces
  readonly bucket: LocalBucket
  readonly #kinesis: LocalKinesis
  readonly #readAlarms: () => Promise<string[]>

  private constructor(
    places: CrisisPlaces,
    bucket: LocalBucket,
    kinesis: LocalKinesis,
    readAlarms: () => Promise<string[]>,
  ) {
    this.places = places
    this.bucket = bucket
    this.#kinesis = kinesis
    this.#readAlarms = readAlarms
  }

  /** `aws` is the endpoint of SNS, SQS and S3. */
  static async create(aws: string): Promise<CrisisWorld> {
    const kinesis = await LocalKinesis.start()
    const stream = `pressure-${worlds++}`
    await kinesis.createStream(stream, 2)
    const topic = await LocalTopic.create(aws, true)
    const readAlarms = await topic.subscribed()
    const bucket = await LocalBucket.create(aws)
    const places = { kinesis: kinesis.endpoint, aws, stream, topicArn: topic.arn, bucket: bucket.name }
    return new CrisisWorld(places, bucket, kinesis, readAlarms)
  }

  async feed(rows: readonly Pressure[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 250) {
      const Records = rows
        .slice(at, at + 250)
        .map((row) => ({ PartitionKey: row.id, Data: Buffer.from(JSON.stringify(row)) }))
      await this.#kinesis.client.send(new PutRecordsCommand({ StreamName: this.places.stream, Records }))
    }
  }

  /** Every alarm that the topic has told since it was last asked, in the order of ids. */
  async alarms(): Promise<Pressure[]> {
    const told = (await this.#readAlarms()).map((body) => JSON.parse(body) as Pressure)
    return told.toSorted(byId)
  }

  /** What SQL finds in the objects, in the order of ids: rows where `condition` holds. */
  async query(condition: string): Promise<Pressure[]> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-pressure-'))
    try {
      for (const key of await this.bucket.keys('readings/')) {
        const file = join(folder, key)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, await this.bucket.get(key))
      }
      return await queryFiles(`${folder}/readings/*/*/*/*/*.ndjson.gz`, condition)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  close(): Promise<void> {
    return this.#kinesis.close()
  }
}

export function byId(a: Pressure, b: Pressure): number {
  return a.id < b.id ? -1 : a.id === b.id ? 0 : 1
}

async function queryFiles(files: string, condition: string): Promise<Pressure[]> {
  const database = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await database.connect()
  try {
    const columns = "{id: 'VARCHAR', systolic: 'DOUBLE', diastolic: 'DOUBLE'}"
    const from = `read_json('${files}', format = 'newline_delimited', columns = ${columns}, hive_partitioning = false)`
    const found = await connection.runAndReadAll(
      `SELECT id, systolic, diastolic FROM ${from} WHERE ${condition} ORDER BY id`,
    )
    return found.getRowObjectsJS() as unknown as Pressure[]
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}
