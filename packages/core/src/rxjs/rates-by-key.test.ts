import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import {
  concat,
  debounceTime,
  from,
  groupBy,
  interval,
  type MonoTypeOperatorFunction,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  sample,
  take,
  throttleTime,
  throwError,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { createEnvironment } from '../api/environment.ts'
import { debounceByKey, fromObservable, sampleByKey, type ThroughMetrics, throttleByKey } from './index.ts'

// RxJS itself is the second implementation. What this family catches: another value, another moment, or one too few or too many.
// What it cannot: the order of keys at one moment (RxJS has that of its groups, Millrace that of keys), and a value that comes at
// the very moment at which another is due: which of the two is first is an accident of scheduling in RxJS, and stated here.

interface Value {
  readonly key: string
  readonly n: number
}

/** At which frame a value came out. */
interface Heard extends Value {
  readonly frame: number
}

/** Every so often, values of some keys: a moment each. */
const moments = fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }), { maxLength: 15, size: 'max' })
const UNIT = 1_000

/** Values at whole units and half of one, and the end at the last. */
function marbles(keys: readonly string[][]): { text: string; values: Record<string, Value>; end: number } {
  const values: Record<string, Value> = {}
  let text = `${UNIT / 2}ms `
  for (const moment of keys) {
    const names = moment.map((key) => {
      const n = Object.keys(values).length
      const name = String.fromCharCode((n < 26 ? 65 : 97) + (n % 26))
      values[name] = { key, n }
      return name
    })
    text += names.length === 0 ? `${UNIT}ms ` : `(${names.join('')}) ${UNIT - names.length - 2}ms `
  }
  return { text: `${text}|`, values, end: UNIT / 2 + keys.length * UNIT }
}

/** Runs a source through both, in virtual time, until nothing is left to do. */
function both(
  keys: readonly string[][],
  ours: MonoTypeOperatorFunction<Value>,
  theirs: (source: Observable<Value>) => Observable<Value>,
): { ours: Heard[]; theirs: Heard[]; end: number } {
  const { text, values, end } = marbles(keys)
  const heard = { ours: [] as Heard[], theirs: [] as Heard[] }
  const scheduler = new TestScheduler(() => {})
  scheduler.run(({ hot }) => {
    const source = hot(text, values)
    const listen = (to: Heard[]) => (value: Value) => void to.push({ ...value, frame: scheduler.now() })
    theirs(source).subscribe(listen(heard.theirs))
    source.pipe(ours).subscribe(listen(heard.ours))
  })
  return { ours: heard.ours, theirs: heard.theirs, end }
}

const byFrame = (a: Heard, b: Heard): number => a.frame - b.frame || a.n - b.n
/** Never a whole number of units: nothing is due at the moment of a value. */
const wait = fc.integer({ min: 1, max: 6 }).map((units) => units * UNIT + 7)

it('debounceByKey is debounceTime in each group', () => {
  fc.assert(
    fc.property(moments, wait, (keys, ms) => {
      const found = both(keys, debounceByKey({ key: (v) => v.key, wait: ms }), (source) =>
        source.pipe(
          groupBy((v) => v.key),
          mergeMap((group) => group.pipe(debounceTime(ms))),
        ),
      )
      expect(found.ours.toSorted(byFrame)).toEqual(found.theirs.toSorted(byFrame))
    }),
    { numRuns: propertyRuns() },
  )
})

it('throttleByKey is throttleTime in each group, but that what waits goes out at the end of the source', () => {
  const which = fc.constantFrom(
    { leading: true },
    { leading: true, trailing: true },
    { leading: false, trailing: true },
  )
  fc.assert(
    fc.property(moments, wait, which, (keys, ms, config) => {
      const found = both(keys, throttleByKey({ key: (v) => v.key, pause: ms, ...config }), (source) =>
        source.pipe(
          groupBy((v) => v.key),
          mergeMap((group) => group.pipe(throttleTime(ms, undefined, config))),
        ),
      )
      const theirs = found.theirs.map((v) => ({ ...v, frame: Math.min(v.frame, found.end) }))
      expect(found.ours.toSorted(byFrame)).toEqual(theirs.toSorted(byFrame))
    }),
    { numRuns: propertyRuns() },
  )
})

it('sampleByKey is sample in each group by one interval, but that what waits at the end is not lost', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: 1, max: 6 }), (keys, units) => {
      const found = both(keys, sampleByKey({ key: (v) => v.key, period: units * UNIT }), (source) => {
        const ticks = new Subject<number>()
        interval(units * UNIT)
          .pipe(take(40))
          .subscribe(ticks)
        return source.pipe(
          groupBy((v) => v.key),
          mergeMap((group) => group.pipe(sample(ticks))),
        )
      })
      const last = new Map<string, Heard>()
      let n = 0
      for (const key of keys.flat()) last.set(key, { key, n: n++, frame: found.end })
      const lost = [...last.values()].filter((v) => found.theirs.every((other) => other.n !== v.n))
      expect(found.ours.toSorted(byFrame)).toEqual([...found.theirs, ...lost].toSorted(byFrame))
    }),
    { numRuns: propertyRuns() },
  )
})

const operators: readonly (readonly [string, MonoTypeOperatorFunction<Value>])[] = [
  ['debounceByKey', debounceByKey({ key: (v) => v.key, wait: 5 })],
  ['sampleByKey', sampleByKey({ key: (v) => v.key, period: 5 })],
  ['throttleByKey', throttleByKey({ key: (v) => v.key, pause: 5, leading: false, trailing: true })],
]
const a1: Value = { key: 'a', n: 1 }
const b2: Value = { key: 'b', n: 2 }
const a3: Value = { key: 'a', n: 3 }

describe.each(operators)('%s', (name, operator) => {
  const virtual = (run: (scheduler: TestScheduler) => void): void => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run(() => run(scheduler))
  }

  it('emits what waits when the source completes, at once too where the source is', () => {
    virtual(() => {
      const seen: Value[] = []
      from([b2, a1, a3])
        .pipe(operator)
        .subscribe((v) => seen.push(v))
      expect(seen).toEqual([a3, b2])
    })
  })

  it('emits nothing of what waits at an error, and passes the error on', () => {
    const seen: unknown[] = []
    concat(
      of(a1),
      throwError(() => 'broken'),
    )
      .pipe(operator)
      .subscribe({ next: (v) => seen.push(v), error: (error) => seen.push(error) })
    expect(seen).toEqual(['broken'])
  })

  it('leaves neither timer nor subscription behind, however it ends', () => {
    virtual((scheduler) => {
      const idle = scheduler.actions.length
      const ends: ((source: Subject<Value>, leave: () => void) => void)[] = [
        (_, leave) => leave(),
        (source) => source.error('broken'),
        (source) => source.complete(),
      ]
      for (const end of ends) {
        const source = new Subject<Value>()
        const subscription = source.pipe(operator).subscribe({ error() {} })
        for (const v of [a1, b2, a3]) source.next(v)
        expect(scheduler.actions).toHaveLength(idle + 1)
        end(source, () => subscription.unsubscribe())
        expect(scheduler.actions).toHaveLength(idle)
        expect(source.observed).toBe(false)
      }
    })
  })

  it('has no timer while nothing waits', () => {
    virtual((scheduler) => {
      const source = new Subject<Value>()
      const seen: Value[] = []
      const subscription = source.pipe(operator).subscribe((v) => seen.push(v))
      source.next(a1)
      scheduler.flush()
      expect(seen).toEqual([a1])
      expect(scheduler.actions).toHaveLength(0)
      subscription.unsubscribe()
    })
  })

  it('ends with a subscriber that has had enough, in the middle of a moment', () => {
    virtual((scheduler) => {
      const source = new Subject<Value>()
      const seen: unknown[] = []
      source.pipe(operator, take(1)).subscribe({ next: (v) => seen.push(v), complete: () => seen.push('complete') })
      for (const v of [a1, b2]) source.next(v)
      scheduler.flush()
      expect(seen).toEqual([a1, 'complete'])
      expect(source.observed).toBe(false)
      expect(scheduler.actions).toHaveLength(0)
    })
  })

  it('takes what is pushed from inside a result', () => {
    virtual((scheduler) => {
      const source = new Subject<Value>()
      const seen: [number, number][] = []
      source.pipe(operator).subscribe((v) => {
        seen.push([scheduler.now(), v.n])
        if (v.n < 30) source.next({ key: v.key, n: v.n + 10 })
      })
      source.next(a1)
      scheduler.flush()
      expect(seen).toEqual([
        [5, 1],
        [10, 11],
        [15, 21],
        [20, 31],
      ])
    })
  })

  it('keeps no value that has gone, nor any once it is unsubscribed from', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const source = new Subject<Value>()
    const subscription = source.pipe(operator).subscribe()
    const give = (): WeakRef<Value> => {
      const value = { key: 'a', n: 1 }
      source.next(value)
      return new WeakRef(value)
    }
    const weak = give()
    subscription.unsubscribe()
    // A `deref` or the making of a WeakRef keeps its value until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve))
    gc()
    expect(weak.deref()).toBeUndefined()
    expect(source.observed).toBe(false)
  })

  it('makes what its key selector throws, or gives that is no key, the error of the pipeline', () => {
    const keys = [
      [
        (): string => {
          throw new Error('no')
        },
        'CORE_USER_FUNCTION_FAILED',
      ],
      [(): string => ({}) as string, 'CORE_KEY_INVALID'],
    ] as const
    for (const [key, code] of keys) {
      const made = {
        debounceByKey: debounceByKey<Value, string>({ key, wait: 5 }),
        sampleByKey: sampleByKey<Value, string>({ key, period: 5 }),
        throttleByKey: throttleByKey<Value, string>({ key, pause: 5 }),
      }[name] as MonoTypeOperatorFunction<Value>
      let error: unknown
      concat(of(a1), NEVER)
        .pipe(made)
        .subscribe({
          error: (e) => {
            error = e
          },
        })
      expect(error).toMatchObject({ code })
    }
  })
})

it('a value that comes when the wait is just over is a new one', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ cold, expectObservable }) => {
    const source = (): Observable<string> => cold('a---b---c------|')
    expectObservable(source().pipe(debounceByKey({ key: () => 0, wait: 4 }))).toBe('----a---b---c--|')
    expectObservable(source().pipe(sampleByKey({ key: () => 0, period: 4 }))).toBe('----a---b---c--|')
    expectObservable(source().pipe(throttleByKey({ key: () => 0, pause: 4 }))).toBe('a---b---c------|')
  })
})

it('counts what it suppresses', () => {
  let metrics = (): ThroughMetrics => {
    throw new Error('it is not subscribed to')
  }
  from([a1, b2, a3])
    .pipe(
      debounceByKey({
        key: (v) => v.key,
        wait: 5,
        watch: (m) => {
          metrics = m
        },
      }),
    )
    .subscribe()
  const { recordsIn, recordsOut, steps } = metrics()
  expect([recordsIn, recordsOut]).toEqual([3, 2])
  expect(steps.reduce((total, step) => total + (step.counters.suppressed ?? 0), 0)).toBe(1)
})

it('leaves it to the overflow policy what of a burst a job gets', async () => {
  const dropped: number[] = []
  const burst = from([0, 1, 2, 3, 4, 5].map((n) => ({ key: `${n % 3}`, n })))
  const settled = burst.pipe(debounceByKey({ key: (v) => v.key, wait: '1s' }))
  const options = { overflow: 'drop-oldest', bufferSize: 2, onDrop: (v: Value) => void dropped.push(v.n) } as const
  const seen = await createEnvironment().fromSource(fromObservable(settled, options)).executeAndCollect()
  expect(seen.map((v) => v.n)).toEqual([4, 5])
  expect(dropped).toEqual([3])
})

it('refuses mistakes where they are written', () => {
  const key = (v: Value): string => v.key
  expect(() => debounceByKey({ key, wait: 0 })).toThrow('CORE_DURATION_INVALID')
  expect(() => sampleByKey({ key, period: 'often' })).toThrow('CORE_DURATION_INVALID')
  expect(() => throttleByKey({ key, pause: -1 })).toThrow('CORE_DURATION_INVALID')
  expect(() => throttleByKey({ key, pause: 1, leading: false })).toThrow('CORE_OPTION_INVALID')
})

it('infers the value in a pipe', () => {
  const piped = of(a1).pipe(
    debounceByKey({ key: (v) => v.n, wait: '1s' }),
    sampleByKey({ key: (v) => v.key, period: '1s' }),
    throttleByKey({ key: (v) => v.key, pause: '1s', trailing: true }),
    map((v) => {
      expectTypeOf(v).toEqualTypeOf<Value>()
      return v.n
    }),
  )
  expectTypeOf(piped).toEqualTypeOf<Observable<number>>()
  // @ts-expect-error an object is no key
  expect(debounceByKey({ key: (v: Value) => v, wait: 1 })).toBeDefined()
})
