import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import { MAX_WATERMARK } from '../../elements/timestamp.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { record, type ScriptElement, time, watermark } from '../../testing/script.ts'
import type { OperatorFactory } from '../operator.ts'
import { debounceOperator } from './debounce.ts'
import { sampleOperator } from './sample.ts'
import { throttleOperator } from './throttle.ts'

// What this family catches: a record that is lost, doubled, early, late or another key's; a wrong order or timestamp; ties of a
// record with its timer; what a restore, or stopping in the middle of the end, loses; a key that is never freed.
// What it cannot: how the job's clock is moved (see the tests of through), and how fast it is.

interface Given {
  readonly key: string
  readonly n: number
  readonly at: number
}

interface Out {
  readonly at: number
  readonly key: string
  readonly n: number
}

type Step =
  | { readonly type: 'given'; readonly key: string }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'restore' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('a', 'b', 'B').map((key): Step => ({ type: 'given', key })),
    },
    { weight: 5, arbitrary: fc.nat(12).map((ms): Step => ({ type: 'pass', ms })) },
    { weight: 1, arbitrary: fc.constant<Step>({ type: 'restore' }) },
  ),
  { maxLength: 40, size: 'max' },
)
const origin = fc.constantFrom(0, -17, 1_700_000_000_003, -8_640_000_000_000_000)
const length = fc.integer({ min: 1, max: 20 })

/** The records of the steps with the times at which they come, and the time at which the input ends. */
function givenBy(list: readonly Step[], from: number): { records: Given[]; end: number } {
  let now = from
  const records: Given[] = []
  for (const step of list) {
    if (step.type === 'pass') now += step.ms
    if (step.type === 'given') records.push({ key: step.key, n: records.length, at: now })
  }
  return { records, end: now }
}

/** What goes out of an operator, and when by the job's clock; the end is at infinity. */
function driven(
  factory: OperatorFactory<Given, Given>,
  list: readonly Step[],
  from: number,
  pauses: boolean,
): { out: Out[]; suppressed: number; keys: number } {
  const options = {
    keyBy: (value: unknown) => (value as Given).key,
    inputs: 1,
    maxParallelism: 8,
    isReplay: true,
    shouldPause: () => pauses,
  }
  const out: Out[] = []
  let bench = new OperatorBench(factory as OperatorFactory<never, unknown>, options)
  let now = from
  let n = 0
  const apply = (element: ScriptElement<unknown>): void => bench.apply(element)
  const collect = (ended: boolean): void => {
    for (const { value, timestamp } of bench.emitted.splice(0)) {
      const given = value as Given
      // Its own timestamp: the place in the input is as good as any.
      expect(timestamp).toBe(given.n)
      out.push({ at: ended ? Number.POSITIVE_INFINITY : now, key: given.key, n: given.n })
    }
  }
  const restore = (): void => {
    const snapshot = bench.snapshot(1)
    const { clock } = bench
    bench.close()
    bench = new OperatorBench(factory as OperatorFactory<never, unknown>, options, { snapshot, now: clock.now() })
  }
  apply(time(from))
  for (const step of list) {
    if (step.type === 'restore') restore()
    else if (step.type === 'given') {
      apply(record({ key: step.key, n, at: now }, n))
      n += 1
      collect(false)
    } else {
      // A ms at a time, so that it is known when what goes out goes out.
      for (let ms = 0; ms < step.ms; ms++) {
        now += 1
        apply(time(now))
        collect(false)
      }
    }
  }
  apply(watermark(MAX_WATERMARK))
  for (let turns = 0; bench.isUnfinished; turns++) {
    if (turns > 1_000) throw new Error('it is never done')
    collect(true)
    if (turns % 2 === 0) {
      restore()
      apply(watermark(MAX_WATERMARK))
    } else bench.goOn()
  }
  collect(true)
  bench.endInput()
  const suppressed = bench.counters().suppressed ?? 0
  const keys = bench.keyCount() ?? 0
  bench.close()
  return { out, suppressed, keys }
}

/** In the order in which they go out: by time, then by key; what goes out as it comes keeps the order of the input. */
function inOrder(out: readonly (Out & { readonly due?: number })[]): Out[] {
  return out
    .toSorted((a, b) => {
      if (a.at !== b.at) return a.at - b.at
      if (a.due === undefined && b.due === undefined) return a.n - b.n
      // At one moment what was due goes out before what comes.
      if (a.due === undefined || b.due === undefined) return a.due === undefined ? 1 : -1
      return a.due - b.due || (a.key < b.key ? -1 : 1)
    })
    .map(({ at, key, n }) => ({ at, key, n }))
}

/** When something that is due at a time goes out: then, or at the end of the input. */
function outAt(due: number, end: number): number {
  return due <= end ? due : Number.POSITIVE_INFINITY
}

function debounced(records: readonly Given[], end: number, wait: number): Out[] {
  return inOrder(
    records.flatMap((r) => {
      const next = records.find((other) => other.key === r.key && other.n > r.n)
      if (next !== undefined && next.at < r.at + wait) return []
      return [{ at: outAt(r.at + wait, end), due: r.at + wait, key: r.key, n: r.n }]
    }),
  )
}

function sampled(records: readonly Given[], end: number, period: number): Out[] {
  const periodOf = (r: Given): number => Math.floor(r.at / period)
  return inOrder(
    records.flatMap((r) => {
      const isNewest = records.every((o) => o.key !== r.key || o.n <= r.n || periodOf(o) !== periodOf(r))
      const due = (periodOf(r) + 1) * period
      return isNewest ? [{ at: outAt(due, end), due, key: r.key, n: r.n }] : []
    }),
  )
}

function throttled(records: readonly Given[], end: number, pause: number, leading: boolean, trailing: boolean): Out[] {
  const out: (Out & { due?: number })[] = []
  for (const key of new Set(records.map((r) => r.key))) {
    let rest = records.filter((r) => r.key === key)
    for (let first = rest[0]; first !== undefined; first = rest[0]) {
      // A pause is opened by a record from outside of one; each record that goes out at its end opens another.
      let opened = first.at
      if (leading) {
        out.push({ at: first.at, key, n: first.n })
        rest = rest.slice(1)
      }
      for (;;) {
        const due = opened + pause
        const inside = rest.filter((r) => r.at < due)
        rest = rest.slice(inside.length)
        const newest = inside.at(-1)
        if (newest === undefined || !trailing) break
        out.push({ at: outAt(due, end), due, key, n: newest.n })
        opened = due
      }
    }
  }
  return inOrder(out)
}

function expectAgreement(
  factory: OperatorFactory<Given, Given>,
  list: readonly Step[],
  from: number,
  pauses: boolean,
  model: (records: readonly Given[], end: number) => Out[],
): void {
  const { records, end } = givenBy(list, from)
  const { out, suppressed, keys } = driven(factory, list, from, pauses)
  expect(out).toEqual(model(records, end))
  expect(out.length + suppressed).toBe(records.length)
  expect(keys).toBe(0)
}

it('debounce agrees with records that each look for the next of their key', () => {
  fc.assert(
    fc.property(length, steps, origin, fc.boolean(), (wait, list, from, pauses) => {
      expectAgreement(debounceOperator(wait), list, from, pauses, (r, end) => debounced(r, end, wait))
    }),
    { numRuns: propertyRuns() },
  )
})

it('sample agrees with records that each look for a newer one in their period', () => {
  fc.assert(
    fc.property(length, steps, origin, fc.boolean(), (period, list, from, pauses) => {
      expectAgreement(sampleOperator(period), list, from, pauses, (r, end) => sampled(r, end, period))
    }),
    { numRuns: propertyRuns() },
  )
})

it('throttle agrees with pauses that are laid out one after the other', () => {
  const which = fc.constantFrom([true, false], [true, true], [false, true])
  fc.assert(
    fc.property(length, which, steps, origin, fc.boolean(), (pause, [leading, trailing], list, from, pauses) => {
      expectAgreement(throttleOperator(pause, { leading, trailing } as object), list, from, pauses, (r, end) =>
        throttled(r, end, pause, leading as boolean, trailing as boolean),
      )
    }),
    { numRuns: propertyRuns() },
  )
})
