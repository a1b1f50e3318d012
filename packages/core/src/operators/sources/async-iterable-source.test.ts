import { expect, it } from 'vitest'
import { createEnvironment } from '../../api/environment.ts'

async function* three(): AsyncGenerator<number> {
  for (let n = 1; n <= 3; n++) {
    await new Promise((resolve) => setImmediate(resolve))
    yield n
  }
}

it('ends its job when the iterable ends, whether or not the caller said that it would', async () => {
  expect(await createEnvironment().fromAsyncIterable(three()).executeAndCollect()).toEqual([1, 2, 3])
  expect(await createEnvironment().fromAsyncIterable(three(), { bounded: true }).executeAndCollect()).toEqual([1, 2, 3])
}, 5_000)

it('runs on the wall clock unless it is said to be bounded', async () => {
  const clockOf = async (bounded: boolean): Promise<boolean> => {
    const replays: boolean[] = []
    const env = createEnvironment()
    await env
      .fromAsyncIterable(three(), { bounded })
      .process<number>({
        processRecord(n, ctx) {
          replays.push(ctx.isReplay)
          ctx.emit(n)
        },
      })
      .executeAndCollect()
    return replays.every((isReplay) => isReplay)
  }
  expect(await clockOf(false)).toBe(false)
  expect(await clockOf(true)).toBe(true)
}, 5_000)

it('ends a job whose iterable never would, when it is cancelled', async () => {
  async function* endless(): AsyncGenerator<number> {
    for (let n = 0; ; n++) {
      await new Promise((resolve) => setImmediate(resolve))
      yield n
    }
  }
  const abort = new AbortController()
  const env = createEnvironment()
  env.fromAsyncIterable(endless()).sinkTo({
    kind: 'count',
    delivery: 'at-least-once',
    open: () => ({
      write() {
        abort.abort()
      },
    }),
  })
  await expect(env.execute({ signal: abort.signal })).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
}, 5_000)
