import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import type { Reading } from '../readings.ts'
import { linesIn, withBucket } from '../s3-bucket.ts'

const MIB = 1024 * 1024
/** As the connector has them unless it is told otherwise. */
const OBJECT_BYTES = 64 * MIB
const PART_BYTES = 8 * MIB
const IN_FLIGHT = 4

export const run: Run<readonly Reading[]> = (readings, clock) =>
  withBucket(async (client, bucket) => {
    clock.start()
    let upload = await Multipart.begin(client, bucket, 'raw-0.ndjson')
    let objects = 1
    let lines: string[] = []
    let bytes = 0
    for (const reading of readings) {
      const line = `${JSON.stringify(reading)}\n`
      lines.push(line)
      bytes += line.length
      if (bytes < PART_BYTES) continue
      await upload.add(Buffer.from(lines.join('')))
      lines = []
      bytes = 0
      if (upload.bytes < OBJECT_BYTES) continue
      await upload.complete()
      upload = await Multipart.begin(client, bucket, `raw-${objects++}.ndjson`)
    }
    if (bytes > 0) await upload.add(Buffer.from(lines.join('')))
    await upload.complete()
    clock.stop()
    return { results: await linesIn(client, bucket), checksum: 0 }
  })

/** An upload whose parts go beside each other. */
class Multipart {
  readonly #client: S3Client
  readonly #at: { readonly Bucket: string; readonly Key: string; readonly UploadId: string }
  readonly #sends = new Sends(IN_FLIGHT)
  readonly #parts: CompletedPart[] = []
  bytes = 0

  static async begin(client: S3Client, Bucket: string, Key: string): Promise<Multipart> {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    return new Multipart(client, { Bucket, Key, UploadId })
  }

  private constructor(client: S3Client, at: { Bucket: string; Key: string; UploadId: string }) {
    this.#client = client
    this.#at = at
  }

  async add(Body: Buffer): Promise<void> {
    const part: CompletedPart = { PartNumber: this.#parts.length + 1 }
    this.#parts.push(part)
    this.bytes += Body.length
    const input = { ...this.#at, PartNumber: part.PartNumber, Body }
    const sent = this.#client.send(new UploadPartCommand(input)).then(({ ETag }) => {
      part.ETag = ETag
    })
    void this.#sends.add(sent)
    await this.#sends.room()
  }

  async complete(): Promise<void> {
    await this.#sends.all()
    const input = { ...this.#at, MultipartUpload: { Parts: this.#parts } }
    await this.#client.send(new CompleteMultipartUploadCommand(input))
  }
}
