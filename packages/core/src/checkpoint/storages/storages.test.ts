import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, rmdir, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkpointStorageContract } from '../../testing/checkpoint-storage.contract.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { CheckpointStorage } from '../checkpoint-storage.ts'
import { type FileStorageOptions, fileStorage } from './file-storage.ts'
import { memoryStorage } from './memory-storage.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function checkpoint(checkpointId: number): Checkpoint {
  return {
    format: 1,
    job: 'ward',
    fingerprint: 'f',
    steps: [{ id: 'a', kind: 'map' }],
    checkpointId,
    clock: Number.NEGATIVE_INFINITY,
    records: 10 * checkpointId,
    operators: { a: { lists: {}, counters: { late: -0 }, recordsOut: 1, watermark: Number.NEGATIVE_INFINITY } },
    sources: {},
    sinks: {},
    isFinal: false,
  }
}

const storages: Record<string, () => CheckpointStorage> = { memory: memoryStorage, file: () => fileStorage(folder) }

for (const [name, create] of Object.entries(storages)) {
  describe(`${name} storage`, () => {
    for (const { name, run } of checkpointStorageContract({ create: () => ({ storage: create() }) })) it(name, run)
  })
}

/** Writes the checkpoints one after the other, as one attempt. */
async function write(ids: readonly number[], options: FileStorageOptions = {}): Promise<string> {
  const taken = await fileStorage(folder, options).take()
  for (const id of ids) await taken.write(checkpoint(id))
  const [attempt] = (await readdir(folder)).filter((name) => name.startsWith('attempt-'))
  return join(folder, attempt as string)
}

describe('file storage', () => {
  it('keeps the newest ones, and passes over what was never finished', async () => {
    const attempt = await write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { keep: 2 })
    await writeFile(join(attempt, '.checkpoint-000000000013.tmp'), 'half')
    expect((await readdir(attempt)).filter((file) => !file.startsWith('.')).sort()).toEqual([
      'checkpoint-000000000011',
      'checkpoint-000000000012',
    ])
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(12)
  })

  it('shares no file with an attempt that was interrupted while it wrote', async () => {
    const attempt = await write([1])
    const half = await open(join(attempt, '.checkpoint-000000000002.tmp'), 'w')
    await write([2])
    await half.writeFile('what a zombie goes on to write')
    await half.close()
    expect(await fileStorage(folder).latest()).toEqual(checkpoint(2))
    await expect(rename(join(attempt, '.checkpoint-000000000002.tmp'), join(attempt, 'x'))).rejects.toThrow('ENOENT')
  })

  it('is read while it is taken and written', async () => {
    let taken = await fileStorage(folder, { keep: 1 }).take()
    await taken.write(checkpoint(1))
    let isWriting = true
    const reading = (async () => {
      let highest = 0
      while (isWriting) {
        const found = (await fileStorage(folder).latest())?.checkpointId ?? 0
        expect(found).toBeGreaterThanOrEqual(Math.max(1, highest))
        highest = found
      }
    })()
    for (let id = 2; id <= 40; id++) {
      if (id % 3 === 0) taken = await fileStorage(folder, { keep: 1 }).take()
      await taken.write(checkpoint(id))
    }
    isWriting = false
    await reading
  })

  it('goes on from a folder of an earlier version, and clears it', async () => {
    const attempt = await write([7])
    await rename(join(attempt, 'checkpoint-000000000007'), join(folder, 'checkpoint-000000000007'))
    await rmdir(attempt)
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(7)
    const taken = await fileStorage(folder, { keep: 1 }).take()
    expect(taken.latest?.checkpointId).toBe(7)
    await taken.write(checkpoint(8))
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(8)
    expect(await readdir(folder)).toEqual(['attempt-000000001'])
  })

  it('refuses a checkpoint with any bit flipped, and one that was cut', async () => {
    const file = join(await write([1]), 'checkpoint-000000000001')
    const good = await readFile(file)
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] as number) ^ 1
      await writeFile(file, bad)
      await expect(fileStorage(folder).latest()).rejects.toMatchObject({
        code: expect.stringMatching(/^CORE_CHECKPOINT_(CORRUPT|MISMATCH)$/),
      })
    }
    await writeFile(file, good)
    await truncate(file, good.length - 1)
    await expect(fileStorage(folder).latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
    await writeFile(file, '')
    await expect(fileStorage(folder).latest()).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_CORRUPT' })
  })

  it('says that it could not write, and leaves what was there', async () => {
    await write([1])
    await writeFile(join(folder, 'file'), '')
    await expect(fileStorage(join(folder, 'file', 'below')).take()).rejects.toMatchObject({
      code: 'CORE_CHECKPOINT_FAILED',
    })
    const taken = await fileStorage(folder).take()
    await mkdir(join(folder, 'attempt-000000002', 'checkpoint-000000000002'))
    await expect(taken.write(checkpoint(2))).rejects.toMatchObject({ code: 'CORE_CHECKPOINT_FAILED' })
    await rmdir(join(folder, 'attempt-000000002', 'checkpoint-000000000002'))
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(1)
    expect(() => fileStorage(folder, { keep: 0 })).toThrow('CORE_OPTION_INVALID')
  })
})
