import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { LocalBucket } from '../../test/aws/local-bucket.ts'
import { type KillRow, killRow } from '../../test/aws/s3-kill-rows.ts'
import { hourFolder, hourOf } from './hour-folder.ts'

const JOB = join(import.meta.dirname, '../../test/aws/s3-kill-job.ts')
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Life {
  readonly child: ChildProcess
  /** Resolves with the row at which the next line of this kind was said. */
  said(word: 'STARTED' | 'ENDED'): Promise<number>
  readonly ended: Promise<number | null>
  errors(): string
}

function start(endpoint: string, bucket: LocalBucket, lastRows = ''): Life {
  const child = spawn(process.execPath, ['--conditions=@millrace/source', JOB], {
    env: { ...process.env, S3_ENDPOINT: endpoint, S3_BUCKET: bucket.name, LAST_ROWS: lastRows },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk)
  })
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  const words = { STARTED: Promise.withResolvers<number>(), ENDED: Promise.withResolvers<number>() }
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const [, word, at] = /^(STARTED|ENDED) at (\d+)$/.exec(line) ?? []
    if (word !== undefined) words[word as 'STARTED' | 'ENDED'].resolve(Number(at))
  })
  const said = (word: 'STARTED' | 'ENDED'): Promise<number> =>
    Promise.race([
      words[word].promise,
      ended.then((code) => {
        throw new Error(`the job ended (${code}) before it had ${word}: ${errors}`)
      }),
    ])
  return { child, said, ended, errors: () => errors }
}

/** Every request that the job makes, once; before and after the store has done it. */
const MOMENTS = [
  'CompleteMultipartUpload',
  'CreateMultipartUpload',
  'UploadPart',
  'PutObject',
  'ListObjectsV2',
  'ListMultipartUploads',
  'GetObject',
].flatMap((operation) => [
  { operation, isDone: false },
  { operation, isDone: true },
])

it('writes each row once, through 20 kills in the middle of requests and at random, and three zombies', async () => {
  const bucket = await LocalBucket.create(inject('aws').ministack)
  const proxy = await AwsFaultProxy.listen(inject('aws').ministack)
  let kills = 0
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  try {
    for (const { operation, isDone } of MOMENTS) {
      const inRecovery = operation.startsWith('List') || operation === 'GetObject'
      const life = start(proxy.endpoint, bucket)
      proxy.plan(
        operation,
        async (call) => {
          if (!isDone) life.child.kill('SIGKILL')
          // What a dead process has sent may come later all the same.
          if (isDone || random(2) === 0) await call.forward()
          if (isDone) life.child.kill('SIGKILL')
          call.cut()
        },
        { after: inRecovery ? 0 : 4 + random(12) },
      )
      expect([await life.ended, life.errors()]).toEqual([null, ''])
      proxy.heal()
      kills += 1
    }
    for (let at = 0; at < 6; at++) {
      const life = start(proxy.endpoint, bucket)
      await life.said('STARTED')
      await sleep(random(400))
      life.child.kill('SIGKILL')
      expect([await life.ended, life.errors()]).toEqual([null, ''])
      kills += 1
    }
    for (const operation of ['CompleteMultipartUpload', 'PutObject', 'UploadPart']) {
      const zombie = start(proxy.endpoint, bucket)
      const isAsleep = Promise.withResolvers<void>()
      const goesOn = Promise.withResolvers<void>()
      proxy.plan(
        operation,
        async (call) => {
          zombie.child.kill('SIGSTOP')
          isAsleep.resolve()
          await goesOn.promise
          call.answer(await call.forward())
        },
        { after: 9 },
      )
      await isAsleep.promise
      const successor = start(inject('aws').ministack, bucket)
      await successor.said('STARTED')
      await sleep(300)
      goesOn.resolve()
      zombie.child.kill('SIGCONT')
      expect(await zombie.ended).toBe(1)
      expect(zombie.errors()).toContain('CORE_CHECKPOINT_TAKEN')
      successor.child.kill('SIGKILL')
      await successor.ended
      proxy.heal()
    }
    const last = start(proxy.endpoint, bucket, '500')
    const count = await last.said('ENDED')
    expect([await last.ended, last.errors()]).toEqual([0, ''])

    expect(kills).toBe(20)
    const rows: KillRow[] = []
    for (const key of await bucket.keys('numbers/')) {
      const lines = await bucket.lines(key)
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) {
        const row: KillRow = JSON.parse(line)
        expect(key.startsWith(`numbers/${hourFolder('hive', hourOf(row.time))}/`)).toBe(true)
        rows.push(row)
      }
    }
    rows.sort((a, b) => a.n - b.n)
    expect(rows.map(({ n }) => n)).toEqual([...Array(count).keys()])
    expect(rows).toEqual(rows.map(({ n }) => killRow(n)))
    expect(await bucket.uploads()).toEqual([])
    expect(await bucket.keys('state/checkpoint-')).toHaveLength(3)
  } finally {
    proxy.close()
  }
})
