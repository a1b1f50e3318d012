import { PutObjectCommand } from '@aws-sdk/client-s3'
import { type Checkpoint, checkpointStorageContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { cutAfter, cutBefore, refuse, refuseAfter } from '../../test/aws/faults.ts'
import { LocalBucket, s3Config } from '../../test/aws/local-bucket.ts'
import { s3CheckpointStorage } from './checkpoint-storage.ts'
import type { S3CheckpointStorageOptions } from './checkpoint-storage-options.ts'

let proxy: AwsFaultProxy

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
})
afterEach(() => proxy.heal())
afterAll(() => proxy.close())

const created = (): Promise<LocalBucket> => LocalBucket.create(inject('aws').ministack)

function storageIn(bucket: LocalBucket, options: Partial<S3CheckpointStorageOptions> = {}) {
  return s3CheckpointStorage({ bucket: bucket.name, prefix: 'jobs/ward', config: s3Config(proxy.endpoint), ...options })
}

function checkpoint(checkpointId: number, bytes = 0): Checkpoint {
  const committables = [new Uint8Array(bytes).fill(checkpointId)]
  return {
    ...{ format: 2, job: 'ward', fingerprint: 'f', steps: [], checkpointId, clock: 0, records: 0, operators: {} },
    ...{ sources: {}, sinks: { low: { committables, state: undefined, recordsIn: 1 } }, isFinal: false },
  }
}

const names = async (bucket: LocalBucket): Promise<string[]> =>
  (await bucket.keys()).map((key) => key.replace(/-[0-9a-f]{8}$/, '').replace('jobs/ward/', ''))

describe('s3 storage', () => {
  const cases = checkpointStorageContract({ create: async () => ({ storage: storageIn(await created()) }) })
  for (const { name, run } of cases) it(name, run)

  it('keeps the newest ones, and clears away what a dead attempt has left', async () => {
    const bucket = await created()
    const storage = storageIn(bucket, { keep: 2 })
    const first = await storage.take()
    for (const id of [1, 2, 3]) await first.write(checkpoint(id))
    proxy.plan('PutObject', refuse(403, 'AccessDenied'), { after: 1 })
    proxy.plan('DeleteObject', refuse(403, 'AccessDenied'))
    await expect(first.write(checkpoint(4))).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_FAILED' })
    proxy.heal()
    const kept = ['checkpoint-000000000002-a000000001', 'checkpoint-000000000003-a000000001']
    expect(await names(bucket)).toEqual([...kept, 'checkpoint-000000000004-a000000001', 'index.json'])
    expect((await storage.take()).latest?.checkpointId).toBe(3)
    expect(await names(bucket)).toEqual([...kept, 'index.json'])
  })

  it('writes a large checkpoint in parts', async () => {
    const storage = storageIn(await created(), { partBytes: 5 * 1024 * 1024 })
    const before = proxy.calls('UploadPart')
    await (await storage.take()).write(checkpoint(1, 12 * 1024 * 1024))
    expect(proxy.calls('UploadPart') - before).toBe(3)
    expect(await storage.latest()).toEqual(checkpoint(1, 12 * 1024 * 1024))
  })

  it.each([
    ['is slow', refuse(503, 'SlowDown')],
    ['cuts the connection before', cutBefore()],
    ['cuts the connection after', cutAfter()],
    ['says that it failed when it did not', refuseAfter(500, 'InternalError')],
  ])('has each checkpoint once where the store %s', async (_, action) => {
    const bucket = await created()
    const storage = storageIn(bucket)
    for (let after = 0; after < 3; after++) {
      proxy.plan('PutObject', action, { after })
      const taken = await storage.take()
      proxy.heal()
      for (const write of [0, 1]) {
        proxy.plan('PutObject', action, { after: write })
        await taken.write(checkpoint(2 * after + write + 1))
        proxy.heal()
      }
      expect((await storage.latest())?.checkpointId).toBe(2 * after + 2)
    }
  })

  it('does not let a zombie in, wherever it was stopped', async () => {
    const bucket = await created()
    const zombie = await storageIn(bucket).take()
    await zombie.write(checkpoint(1))
    let successor: Promise<void> | undefined
    proxy.plan(
      'PutObject',
      async (call) => {
        // Between its look at the index and its write to it: the successor starts, and goes on.
        successor ??= (async () => {
          const taken = await storageIn(bucket, { config: s3Config(inject('aws').ministack) }).take()
          await taken.write(checkpoint(2))
          await taken.write(checkpoint(3))
        })()
        await successor
        call.answer(await call.forward())
      },
      { after: 1 },
    )
    await expect(zombie.write(checkpoint(2))).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_TAKEN', retryable: false })
    expect((await storageIn(bucket).latest())?.checkpointId).toBe(3)
    expect((await names(bucket)).filter((name) => name.includes('2-a000000001'))).toEqual([])
  })

  it('says so where what it needs is damaged, gone or of a later version', async () => {
    const bucket = await created()
    const storage = storageIn(bucket)
    await (await storage.take()).write(checkpoint(1))
    const [key = ''] = await bucket.keys('jobs/ward/checkpoint-')
    const bytes = await bucket.get(key)
    const flipped = Buffer.from(bytes)
    flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1
    await bucket.put(key, flipped)
    await expect(storage.latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
    await expect(storage.take()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
    await bucket.put(key, bytes)
    expect((await storage.latest())?.checkpointId).toBe(1)
    const index = await bucket.get('jobs/ward/index.json')
    await bucket.put('jobs/ward/index.json', index.toString().replace(key, `${key}x`))
    await expect(storage.latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
    await bucket.put('jobs/ward/index.json', '{"format":2,"attempt":1,"checkpoints":[]}')
    await expect(storage.latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_MISMATCH' })
    await bucket.put('jobs/ward/index.json', 'nothing')
    await expect(storage.latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
  })

  it('refuses a store that heeds no conditions', async () => {
    const bucket = await created()
    proxy.plan(
      'PutObject',
      async (call) => {
        const input = { Bucket: bucket.name, Key: 'jobs/ward/index.json', Body: call.body }
        await bucket.client.send(new PutObjectCommand(input))
        call.answer({ status: 200, headers: { etag: '"any"' }, body: Buffer.alloc(0) })
      },
      { times: Number.POSITIVE_INFINITY },
    )
    await expect(storageIn(bucket).take()).rejects.toMatchObject({
      code: 'CORE_CHECKPOINT_FAILED',
      cause: { code: 'S3_CONDITIONS_IGNORED' },
    })
  })

  it('says that it could not write, and where there is no bucket', async () => {
    const failing = storageIn(await created(), { retryFor: 100 })
    const taken = await failing.take()
    proxy.plan('PutObject', refuse(503, 'SlowDown'), { times: Number.POSITIVE_INFINITY })
    await expect(taken.write(checkpoint(1))).rejects.toMatchObject({
      code: 'CORE_CHECKPOINT_FAILED',
      cause: { code: 'AWS_THROTTLED' },
    })
    proxy.heal()
    expect(await failing.latest()).toBeUndefined()
    const nowhere = storageIn(LocalBucket.named(proxy.endpoint, 'nowhere'))
    await expect(nowhere.take()).rejects.toMatchObject({ cause: { code: 'AWS_RESOURCE_MISSING' } })
    expect(() => storageIn(LocalBucket.named(proxy.endpoint, 'any'), { keep: 0 })).toThrow('CONNECTOR_OPTION_INVALID')
  })
})
