import type { Bucket } from './bucket.ts'
import { numberOf } from './object-name.ts'

/** What stands in a bucket of a sink's earlier lives. */
export interface Leftovers {
  /** 0 where there is no object. */
  readonly newestRun: number
  /** Objects of this run that came after this checkpoint. */
  keysAfter(run: number, checkpoint: number): readonly string[]
  /** Uploads that nobody is going to complete. */
  readonly uploads: readonly { readonly key: string; readonly uploadId: string }[]
}

/**
 * Looks through the sink's folder: a request for each 1,000 objects.
 *
 * An upload that was begun after `openedAt` is not ours to judge: we may be the one who was asleep, and it a successor's.
 */
export async function leftovers(
  bucket: Bucket,
  operatorId: string,
  prefix: string,
  openedAt: number,
): Promise<Leftovers> {
  const objects: { readonly key: string; readonly run: number; readonly after: number }[] = []
  for await (const { Key: key } of bucket.list(`${prefix}/`)) {
    const number = numberOf(operatorId, key)
    if (number !== undefined) objects.push({ key, ...number })
  }
  const uploads: { key: string; uploadId: string }[] = []
  for await (const { Key: key = '', UploadId: uploadId = '', Initiated } of bucket.listUploads(`${prefix}/`)) {
    if (numberOf(operatorId, key) === undefined || (Initiated?.getTime() ?? 0) > openedAt) continue
    uploads.push({ key, uploadId })
  }
  return {
    newestRun: objects.reduce((newest, { run }) => Math.max(newest, run), 0),
    keysAfter: (run, checkpoint) =>
      objects.filter((object) => object.run === run && object.after >= checkpoint).map(({ key }) => key),
    uploads,
  }
}
