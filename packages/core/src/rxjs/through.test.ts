import { concat, from, lastValueFrom, NEVER, of, Subject, take, throwError, toArray } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import type { DataStream } from '../api/data-stream.ts'
import { MillraceError } from '../errors.ts'
import { count } from '../functions/aggregates/count.ts'
import { keyedProcess } from '../functions/process-function.ts'
import type { Operator } from '../operators/operator.ts'
import { tumblingEventTimeWindows } from '../operators/windows/assigners/tumbling-event-time-windows.ts'
import { valueState } from '../state/descriptors.ts'
import { boundedOutOfOrderness } from '../time/watermark-strategy.ts'
import { type ThroughMetrics, through } from './index.ts'

/** Everything an Observable said, in order. */
function heard<T>(log: unknown[]): { next(value: T): void; error(error: unknown): void; complete(): void } {
  return { next: (value) => log.push(value), error: (error) => log.push(error), complete: () => log.push('complete') }
}

/** Emits `n` itself at n + 1,000 in event time. */
const delayed = (stream: DataStream<number>): DataStream<number> =>
  stream
    .assignTimestamps((n) => n, boundedOutOfOrderness(0))
    .keyBy(() => 0)
    .process({
      processRecord: (n, ctx) => ctx.timers.eventTime.register(n + 1_000),
      onTimer: (timer, ctx) => ctx.emit(timer.time),
    })

/** Emits a key that gave nothing for 4 ms of the job's clock. */
const silent = (stream: DataStream<string>): DataStream<string> =>
  stream
    .keyBy((key) => key)
    .process({
      processRecord: (_key, ctx) => ctx.timers.processingTime.replace('silent', ctx.now() + 4),
      onTimer: (_timer, ctx) => ctx.emit(ctx.key),
    })

/** Passes values on and writes down how its life goes. */
function witnessed(log: string[]): (stream: DataStream<number>) => DataStream<number> {
  return (stream) =>
    stream.transform<number>({
      kind: 'witness',
      keyed: false,
      usesTime: true,
      create(): Operator<number, number> {
        let emit: (value: number, timestamp: number) => void
        return {
          open({ output }) {
            log.push('open')
            emit = (value, timestamp) => output.emit(value, timestamp)
          },
          processRecord(value, timestamp) {
            log.push(`begin ${value}`)
            emit(value, timestamp)
            log.push(`end ${value}`)
          },
          endInput: () => log.push('end of input'),
          finish: () => log.push('finish'),
          close: () => log.push('close'),
        }
      },
    })
}

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
          .keyBy((key) => key)
          .process(
            keyedProcess<string, string>()({
              state: { count: valueState<number>() },
              processRecord(key, ctx) {
                const next = (ctx.state.count.get() ?? 0) + 1
                ctx.state.count.set(next)
                ctx.emit(`${key} ${next}`)
              },
            }),
          ),
      ),
      toArray(),
    )
    expect(await lastValueFrom(counted)).toEqual(['a 1', 'a 2', 'b 1'])
    expect(await lastValueFrom(counted)).toEqual(['a 1', 'a 2', 'b 1'])
  })

  it('flushes when the source completes', () => {
    const log: unknown[] = []
    of(1, 2).pipe(through(delayed)).subscribe(heard(log))
    expect(log).toEqual([1_001, 1_002, 'complete'])
  })

  it('flushes neither at an error of the source nor at unsubscribe', () => {
    const failed: unknown[] = []
    concat(
      of(1, 2),
      throwError(() => 'broken'),
    )
      .pipe(through(delayed))
      .subscribe(heard(failed))
    expect(failed).toEqual(['broken'])

    const left: unknown[] = []
    const source = new Subject<number>()
    const subscription = source.pipe(through(delayed)).subscribe(heard(left))
    source.next(1)
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
    source.complete()
    expect(left).toEqual([])
  })

  it('lets a step live its whole life, and finish only where the input ended', () => {
    const finished: string[] = []
    of(1)
      .pipe(through(witnessed(finished)))
      .subscribe()
    expect(finished).toEqual(['open', 'begin 1', 'end 1', 'end of input', 'finish', 'close'])

    const cut: string[] = []
    concat(of(1), NEVER)
      .pipe(through(witnessed(cut)))
      .subscribe()
      .unsubscribe()
    expect(cut).toEqual(['open', 'begin 1', 'end 1', 'close'])
  })

  it('closes no step in the middle of a call when the subscriber has had enough', () => {
    const log: string[] = []
    const seen: unknown[] = []
    const many = (stream: DataStream<number>): DataStream<number> =>
      witnessed(log)(stream).flatMap((n) => Array.from({ length: 3_000 }, (_, i) => n * 10_000 + i))
    of(1, 2).pipe(through(many), take(2)).subscribe(heard(seen))
    expect(seen).toEqual([10_000, 10_001, 'complete'])
    expect(log).toEqual(['open', 'begin 1', 'end 1', 'close'])
  })

  it('stops a source that gives all it has at once when the subscriber has had enough', () => {
    let given = 0
    function* endless(): Generator<number> {
      for (;;) yield given++
    }
    const seen: unknown[] = []
    from(endless())
      .pipe(
        through((stream) => stream.map((n) => n)),
        take(3),
      )
      .subscribe(heard(seen))
    expect(seen).toEqual([0, 1, 2, 'complete'])
    expect(given).toBe(3)
  })

  it('flushes what is open when the source completes from inside a result', () => {
    const source = new Subject<number>()
    const log: unknown[] = []
    source.pipe(through((stream) => delayed(stream).union(stream))).subscribe({
      ...heard(log),
      next: (n: number) => {
        log.push(n)
        if (n === 1) source.complete()
      },
    })
    source.next(1)
    expect(log).toEqual([1, 1_001, 'complete'])
  })

  it('works off what was pushed from inside a result before the end', () => {
    const source = new Subject<number>()
    const log: unknown[] = []
    source.pipe(through((stream) => stream.map((n) => n))).subscribe({
      ...heard(log),
      next: (n: number) => {
        log.push(n)
        if (n !== 1) return
        source.next(2)
        source.next(3)
        source.complete()
      },
    })
    source.next(1)
    expect(log).toEqual([1, 2, 3, 'complete'])
  })

  it('makes what a function of the job throws the error of the pipeline, after the results before it', () => {
    const log: unknown[] = []
    const cause = new Error('no')
    of(1, 2, 3)
      .pipe(
        through((stream) =>
          stream
            .flatMap((n) => [n, n + 10])
            .map(
              (n) => {
                if (n === 12) throw cause
                return n
              },
              { id: 'clean' },
            ),
        ),
      )
      .subscribe(heard(log))
    expect(log.slice(0, -1)).toEqual([1, 11, 2])
    const error = log.at(-1) as MillraceError
    expect(error).toBeInstanceOf(MillraceError)
    expect(error).toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED', cause })
    expect(error.message).toContain("step 'clean'")
    expect(error.message).toContain('record 2')
  })

  it('gives the results of queued values that came before the one that failed', () => {
    const source = new Subject<number>()
    const log: unknown[] = []
    source
      .pipe(
        through((stream) =>
          stream.map((n) => {
            if (n === 3) throw new Error('no')
            return n
          }),
        ),
      )
      .subscribe({
        ...heard(log),
        next: (n: number) => {
          log.push(n)
          if (n === 1) for (const next of [2, 3, 4]) source.next(next)
        },
      })
    source.next(1)
    expect(log.slice(0, 2)).toEqual([1, 2])
    expect(log[2]).toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
    expect(log).toHaveLength(3)
    expect(source.observed).toBe(false)
  })

  it('closes what it had opened when a step fails to open', () => {
    const log: string[] = []
    const seen: unknown[] = []
    const broken = (stream: DataStream<number>): DataStream<number> =>
      stream
        .transform<number>({
          kind: 'broken',
          keyed: false,
          usesTime: false,
          create: () => ({
            open() {
              throw new Error('no')
            },
            processRecord() {},
            close: () => log.push('close broken'),
          }),
        })
        .transform<number>({
          kind: 'sound',
          keyed: false,
          usesTime: false,
          create: () => ({ processRecord() {}, close: () => log.push('close sound') }),
        })
    of(1).pipe(through(broken)).subscribe(heard(seen))
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
    expect(log.sort()).toEqual(['close broken', 'close sound'])
  })

  it('refuses a mistake where it is written', () => {
    expect(() =>
      through((stream: DataStream<number>) =>
        stream
          .keyBy((n) => n)
          .window(tumblingEventTimeWindows('1s'))
          .aggregate({ n: count() }),
      ),
    ).toThrow('no timestamps')
    expect(() =>
      through((stream: DataStream<number>) => {
        stream.print()
        return stream
      }),
    ).toThrow('CORE_JOB_INVALID')
    let other: DataStream<number> | undefined
    through((stream: DataStream<number>) => {
      other = stream
      return stream
    })
    expect(() => through(() => other as DataStream<number>)).toThrow('CORE_JOB_INVALID')
    // @ts-expect-error nothing is returned
    expect(() => through(() => undefined)).toThrow('CORE_JOB_INVALID')
  })

  it('shows what its job has counted', () => {
    const jobs: (() => ThroughMetrics)[] = []
    of(5, 1, 2)
      .pipe(
        through((stream) => stream.filter((n) => n < 3).map((n) => n, { id: 'small' }), {
          watch: (metrics) => jobs.push(metrics),
        }),
      )
      .subscribe()
    expect(jobs).toHaveLength(1)
    const metrics = jobs[0]?.()
    expect(metrics).toMatchObject({ recordsIn: 3, recordsOut: 2, late: 0 })
    expect(metrics?.steps.find((step) => step.id === 'small')).toMatchObject({ recordsIn: 2, recordsOut: 2 })
  })
})

describe('the scheduler of through', () => {
  const virtual = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected))

  it('gives clock and timers', () => {
    const scheduler = virtual()
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' a--b-----|')
      const expected = '    ----a--b-|'
      expectObservable(source.pipe(through(silent, { scheduler }))).toBe(expected)
      expectSubscriptions(source.subscriptions).toBe('^--------!')
    })
  })

  it('is the asyncScheduler by default, which virtual time replaces', () => {
    virtual().run(({ cold, expectObservable }) => {
      expectObservable(cold('a--b-----|').pipe(through(silent))).toBe('----a--b-|')
    })
  })

  it('moves a timer that a value has moved', () => {
    const scheduler = virtual()
    scheduler.run(({ cold, expectObservable }) => {
      const source = cold(' a--a--a------|')
      const expected = '    ----------a--|'
      expectObservable(source.pipe(through(silent, { scheduler }))).toBe(expected)
    })
  })

  it('fires a timer at the end of the input only if it is due by then', () => {
    const scheduler = virtual()
    scheduler.run(({ cold, expectObservable }) => {
      expectObservable(cold('a-|').pipe(through(silent, { scheduler }))).toBe('--|')
    })
  })

  it('makes a failure in a timer the error of the pipeline', () => {
    const scheduler = virtual()
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a--------')
      const log: unknown[] = []
      source
        .pipe(
          through(
            (stream) =>
              stream
                .keyBy((key) => key)
                .process<string, Record<string, never>>({
                  processRecord: (_key, ctx) => ctx.timers.processingTime.register(ctx.now() + 2),
                  onTimer() {
                    throw new Error('no')
                  },
                }),
            { scheduler },
          ),
        )
        .subscribe(heard(log))
      scheduler.flush()
      expect(log).toHaveLength(1)
      expect(log[0]).toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
      expectSubscriptions(source.subscriptions).toBe('^-!')
      expectObservable(NEVER).toBe('')
    })
  })

  it('says when the input falls idle, and when it is active again', () => {
    const scheduler = virtual()
    const idleness = (stream: DataStream<string>): DataStream<string> =>
      stream
        .assignTimestamps(() => scheduler.now(), boundedOutOfOrderness(0).idleAfter(4))
        .transform<string>({
          kind: 'idleness',
          keyed: false,
          usesTime: true,
          create(): Operator<string, string> {
            let emit: (value: string) => void
            return {
              open({ output }) {
                emit = (value) => output.emit(value, scheduler.now())
              },
              processRecord: (value) => emit(value),
              setIdle: () => emit('i'),
              setActive: () => emit('w'),
            }
          },
        })
    scheduler.run(({ cold, expectObservable }) => {
      const source = cold('     a-----b-----|')
      const expected = '        a---i-(wb)i-|'
      expectObservable(source.pipe(through(idleness, { scheduler }))).toBe(expected)
    })
  })

  it('is left without a timer by unsubscribe, by an error and by the end', () => {
    const scheduler = virtual()
    const armed = (source: Subject<string>): ReturnType<ReturnType<typeof source.pipe>['subscribe']> => {
      const subscription = source.pipe(through(silent, { scheduler })).subscribe({ error() {} })
      source.next('a')
      expect(scheduler.actions).toHaveLength(1)
      return subscription
    }
    armed(new Subject()).unsubscribe()
    expect(scheduler.actions).toHaveLength(0)
    const failing = new Subject<string>()
    armed(failing)
    failing.error('broken')
    expect(scheduler.actions).toHaveLength(0)
    const ending = new Subject<string>()
    armed(ending)
    ending.complete()
    expect(scheduler.actions).toHaveLength(0)
  })

  it('waits for a timer further away than a timer of the platform reaches', () => {
    const scheduler = virtual()
    const farAway = 2 ** 31 + 5
    const delays: number[] = []
    const spy = {
      now: () => scheduler.now(),
      schedule: ((work, delay, state) => {
        delays.push(delay ?? 0)
        return scheduler.schedule(work, delay, state)
      }) as TestScheduler['schedule'],
    }
    const fired: number[] = []
    scheduler.maxFrames = Number.POSITIVE_INFINITY
    const source = new Subject<string>()
    source
      .pipe(
        through(
          (stream) =>
            stream
              .keyBy((key) => key)
              .process<number, Record<string, never>>({
                processRecord: (_key, ctx) => ctx.timers.processingTime.register(ctx.now() + farAway),
                onTimer: (timer, ctx) => ctx.emit(timer.time),
              }),
          { scheduler: spy },
        ),
      )
      .subscribe((time) => fired.push(time))
    source.next('a')
    scheduler.flush()
    expect(fired).toEqual([farAway])
    expect(Math.max(...delays)).toBeLessThan(2 ** 31)
  })
})
