import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../checkpoint.ts'
import type { CheckpointStorage } from '../checkpoint-storage.ts'
import { fileStorage } from './file-storage.ts'
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

for (const [name, open] of Object.entries(storages)) {
  describe(`${name} storage`, () => {
    it('has nothing at first, then the newest, whole', async () => {
      const storage = open()
      expect(await storage.latest()).toBeUndefined()
      await storage.write(checkpoint(1))
      await storage.write(checkpoint(2))
      expect(await storage.latest()).toEqual(checkpoint(2))
    })

    it('is not changed by what is done to a checkpoint after it was written', async () => {
      const storage = open()
      const written = structuredClone(checkpoint(1)) as { records: number } & Checkpoint
      await storage.write(written)
      written.records = 99
      expect((await storage.latest())?.records).toBe(10)
    })
  })
}

describe('file storage', () => {
  it('keeps the newest ones, and passes over what was never finished', async () => {
    const storage = fileStorage(folder, { keep: 2 })
    for (let id = 1; id <= 12; id++) await storage.write(checkpoint(id))
    await writeFile(join(folder, '.checkpoint-000000000013.tmp'), 'half')
    expect((await readdir(folder)).filter((file) => !file.startsWith('.')).sort()).toEqual([
      'checkpoint-000000000011',
      'checkpoint-000000000012',
    ])
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(12)
  })

  it('refuses a checkpoint with any bit flipped, and one that was cut', async () => {
    await fileStorage(folder).write(checkpoint(1))
    const file = join(folder, 'checkpoint-000000000001')
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
    await fileStorage(folder).write(checkpoint(1))
    await writeFile(join(folder, 'file'), '')
    await expect(fileStorage(join(folder, 'file', 'below')).write(checkpoint(2))).rejects.toMatchObject({
      code: 'CORE_CHECKPOINT_FAILED',
    })
    expect((await fileStorage(folder).latest())?.checkpointId).toBe(1)
    expect(() => fileStorage(folder, { keep: 0 })).toThrow('CORE_OPTION_INVALID')
  })
})
