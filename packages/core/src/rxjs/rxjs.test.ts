import { from, lastValueFrom, NEVER, of, Subject, throwError, timer, toArray } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createEnvironment } from '../api/environment.ts'
import type { TimeWindow } from '../elements/time-window.ts'
import { MillraceError } from '../errors.ts'
import { count } from '../functions/aggregates/count.ts'
import { mean } from '../functions/aggregates/mean.ts'
import { keyedProcess } from '../functions/process-function.ts'
import { boundedOutOfOrderness } from '../time/watermark-strategy.ts'
import { fromObservable, sessionWindow, slidingWindow, through, toObservable, tumblingWindow } from './index.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
}

const reading = (patientId: string, time: number, heartRate = 60): Reading => ({ patientId, time, heartRate })

describe('through', () => {
  it('emits before next returns, and queues what is pushed meanwhile', () => {
    const source = new Subject<number>()
    const seen: number[] = []
    source.pipe(through((stream) => stream.filter((n) => n < 5).map((n) => n + 1))).subscribe((n) => {
      seen.push(n)
      source.next(n)
    })
    source.next(1)
    expect(seen).toEqual([2, 3, 4, 5])
  })

  it('has a job of its own for each subscription', async () => {
    const counted = from(['a', 'a', 'b']).pipe(
      through((stream) =>
        stream
          .keyBy((k) => k)
          .process(
            keyedProcess<string, string>()({
              processRecord: (k, ctx) => ctx.emit(`${k} ${ctx.key}`),
            }),
          ),
      ),
      toArray(),
    )
    expect(await lastValueFrom(counted)).toEqual(await lastValueFrom(counted))
  })

  it('flushes when the source completes, and neither at its error nor at unsubscribe', () => {
    const pipe = through<number, number>((stream) =>
      stream
        .assignTimestamps((n) => n, boundedOutOfOrderness(0))
        .keyBy(() => 0)
        .process({
          processRecord: (n, ctx) => ctx.timers.eventTime.register(n + 1_000),
          onTimer: (t, ctx) => ctx.emit(t.time),
        }),
    )
    const seen: unknown[] = []
    of(1, 2)
      .pipe(pipe)
      .subscribe({ next: (n) => seen.push(n), complete: () => seen.push('complete') })
    expect(seen).toEqual([1_001, 1_002, 'complete'])

    const failed: unknown[] = []
    const source = new Subject<number>()
    source.pipe(pipe).subscribe({ next: (n) => failed.push(n), error: (e) => failed.push(e) })
    source.next(1)
    source.error('broken')
    expect(failed).toEqual(['broken'])

    const left: unknown[] = []
    const other = new Subject<number>()
    const subscription = other.pipe(pipe).subscribe((n) => left.push(n))
    other.next(1)
    subscription.unsubscribe()
    other.complete()
    expect(left).toEqual([])
    expect(other.observed).toBe(false)
  })

  it('makes what a function of the job throws the error of the pipeline, and says where', () => {
    const seen: unknown[] = []
    of(1, 2)
      .pipe(
        through((stream) =>
          stream.map(
            (n) => {
              if (n === 2) throw new Error('no')
              return n
            },
            { id: 'clean' },
          ),
        ),
      )
      .subscribe({ next: (n) => seen.push(n), error: (e) => seen.push(e) })
    expect(seen[0]).toBe(1)
    expect(seen[1]).toBeInstanceOf(MillraceError)
    expect((seen[1] as MillraceError).message).toContain("step 'clean'")
  })

  it('takes its clock and timers from the scheduler', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a--b-----|')
      const silence = source.pipe(
        through<string, string>(
          (stream) =>
            stream
              .keyBy((k) => k)
              .process({
                processRecord: (_, ctx) => ctx.timers.processingTime.replace('silent', ctx.now() + 4),
                onTimer: (_, ctx) => ctx.emit(ctx.key),
              }),
          { scheduler },
        ),
      )
      expectObservable(silence).toBe('----a--b-|')
      expectSubscriptions(source.subscriptions).toBe('^--------!')
    })
  })

  it('leaves no timer behind when it is unsubscribed', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run(({ cold, expectObservable }) => {
      const silence = cold('a--------').pipe(
        through<string, string>(
          (stream) =>
            stream
              .keyBy((k) => k)
              .process({
                processRecord: (_, ctx) => ctx.timers.processingTime.replace('silent', ctx.now() + 4),
                onTimer: (_, ctx) => ctx.emit(ctx.key),
              }),
          { scheduler },
        ),
      )
      expectObservable(silence, '--!').toBe('---')
    })
    expect(scheduler.actions.length).toBe(0)
  })
})

describe('windows', () => {
  const readings = [reading('a', 0, 60), reading('b', 10_000, 70), reading('a', 30_000, 80), reading('a', 61_000, 90)]
  const base = { key: (r: Reading) => r.patientId, timestamp: (r: Reading) => r.time }

  it('infers the result, and emits tumbling windows', async () => {
    const windows = from(readings).pipe(
      tumblingWindow({
        size: '1m',
        key: (r) => r.patientId,
        timestamp: (r) => r.time,
        maxDelay: '5s',
        aggregate: { heartRate: mean((r) => r.heartRate), readings: count() },
      }),
      toArray(),
    )
    const results = await lastValueFrom(windows)
    expectTypeOf(results[0]).toEqualTypeOf<
      | {
          readonly key: string
          readonly window: TimeWindow
          readonly heartRate: number | undefined
          readonly readings: number
        }
      | undefined
    >()
    expect(results).toEqual([
      { key: 'a', window: { start: 0, end: 60_000 }, heartRate: 70, readings: 2 },
      { key: 'b', window: { start: 0, end: 60_000 }, heartRate: 70, readings: 1 },
      { key: 'a', window: { start: 60_000, end: 120_000 }, heartRate: 90, readings: 1 },
    ])
  })

  it('emits sliding and session windows', async () => {
    const sliding = from(readings).pipe(
      slidingWindow({ ...base, size: '1m', slide: '30s', aggregate: { n: count() } }),
      toArray(),
    )
    expect((await lastValueFrom(sliding)).map(({ key, window, n }) => [key, window.start, n])).toEqual([
      ['a', -30_000, 1],
      ['b', -30_000, 1],
      ['a', 0, 2],
      ['b', 0, 1],
      ['a', 30_000, 2],
      ['a', 60_000, 1],
    ])
    const sessions = from(readings).pipe(sessionWindow({ ...base, gap: '30s', aggregate: { n: count() } }), toArray())
    expect((await lastValueFrom(sessions)).map(({ key, window, n }) => [key, window.start, window.end, n])).toEqual([
      ['b', 10_000, 40_000, 1],
      ['a', 0, 60_000, 2],
      ['a', 61_000, 91_000, 1],
    ])
  })

  it('hands over what came too late', async () => {
    const late: Reading[] = []
    const disordered = [reading('a', 120_000), reading('a', 5)]
    const windows = from(disordered).pipe(
      tumblingWindow({ ...base, size: '1m', aggregate: { n: count() }, onLate: (r) => late.push(r) }),
      toArray(),
    )
    expect(await lastValueFrom(windows)).toHaveLength(1)
    expect(late).toEqual([reading('a', 5)])
  })
})

describe('fromObservable', () => {
  it('feeds a job, and ends it when the Observable completes', async () => {
    const env = createEnvironment()
    const source = fromObservable(from([1, 2, 3]), { overflow: 'fail', bounded: true })
    expect(
      await env
        .fromSource(source)
        .map((n) => n * 2)
        .executeAndCollect(),
    ).toEqual([2, 4, 6])
  })

  it('needs an overflow policy', () => {
    // @ts-expect-error an Observable cannot wait: what happens then has to be said
    expect(() => fromObservable(NEVER, {})).toThrow('overflow')
  })

  it('keeps what its policy says when more comes than it can hold, and counts the rest', async () => {
    const burst = from([1, 2, 3, 4, 5])
    const run = async (overflow: 'drop-oldest' | 'drop-newest' | 'sample') => {
      let dropped = 0
      const env = createEnvironment()
      const source = fromObservable(burst, { overflow, bufferSize: 2, bounded: true, onDrop: (n) => (dropped = n) })
      return { values: await env.fromSource(source).executeAndCollect(), dropped }
    }
    expect(await run('drop-oldest')).toEqual({ values: [4, 5], dropped: 3 })
    expect(await run('drop-newest')).toEqual({ values: [1, 2], dropped: 3 })
    expect(await run('sample')).toEqual({ values: [5], dropped: 4 })
  })

  it('fails the job on overflow where that is the policy, and on an error of the Observable', async () => {
    const overflowing = createEnvironment().fromSource(
      fromObservable(from([1, 2, 3]), { overflow: 'fail', bufferSize: 2, bounded: true }),
    )
    await expect(overflowing.executeAndCollect()).rejects.toMatchObject({ code: 'CORE_BUFFER_OVERFLOW' })
    const failing = createEnvironment().fromSource(
      fromObservable(
        throwError(() => new Error('gone')),
        { overflow: 'fail', bounded: true },
      ),
    )
    await expect(failing.executeAndCollect()).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED' })
  })
})

describe('toObservable', () => {
  it('runs the job when it is subscribed, and completes with it', async () => {
    const stream = createEnvironment()
      .fromArray([1, 2])
      .map((n) => n + 1)
    expect(await lastValueFrom(toObservable(stream).pipe(toArray()))).toEqual([2, 3])
  })

  it('passes the job’s error on', async () => {
    const stream = createEnvironment()
      .fromArray([1])
      .map(() => {
        throw new Error('no')
      })
    await expect(lastValueFrom(toObservable(stream))).rejects.toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
  })

  it('cancels the job when it is unsubscribed', async () => {
    const ticks = timer(0, 1)
    const stream = createEnvironment().fromSource(fromObservable(ticks, { overflow: 'drop-oldest' }))
    const seen: number[] = []
    await new Promise<void>((resolve) => {
      const subscription = toObservable(stream).subscribe((n) => {
        seen.push(n)
        if (seen.length < 3) return
        subscription.unsubscribe()
        resolve()
      })
    })
    const before = seen.length
    await lastValueFrom(timer(20))
    expect(seen.length).toBe(before)
  })
})
