// npx node --conditions=@millrace/source benchmarks/core/sketches/compare-sketches.ts: the figures of docs/decisions/0022.
import { serialize } from 'node:v8'
import {
  type AggregateFunction,
  approximateCountDistinct,
  approximateQuantile,
  countDistinct,
  quantile,
} from '@millrace/core'
import { Kll } from './kll.ts'
import { TDigest } from './t-digest.ts'

/** What is compared: something that is added to, merged, asked and written. */
interface Sketch {
  add(x: never): void
  merge(other: this): void
  quantile(q: number): number
  readonly snapshot: unknown
}

class Gathered<In, Acc> {
  readonly #aggregate: AggregateFunction<In, Acc, number | undefined>
  snapshot: Acc

  constructor(aggregate: AggregateFunction<In, Acc, number | undefined>) {
    this.#aggregate = aggregate
    this.snapshot = aggregate.create()
  }

  add(x: In): void {
    this.snapshot = this.#aggregate.add(this.snapshot, x, 0)
  }

  merge(other: this): void {
    this.snapshot = this.#aggregate.merge(this.snapshot, other.snapshot)
  }

  quantile(_q: number): number {
    return this.#aggregate.result(this.snapshot) ?? Number.NaN
  }
}

const itself = (x: number): number => x
const quantiles: Record<string, (q: number) => Sketch> = {
  'quantile, exact': (q) => new Gathered(quantile(itself, q)),
  'approximateQuantile, 0.001': (q) => new Gathered(approximateQuantile(itself, q)),
  'approximateQuantile, 0.01': (q) => new Gathered(approximateQuantile(itself, q, { relativeError: 0.01 })),
  't-digest, 200': () => new TDigest(),
  'KLL, 200': () => new Kll(),
}
const distinct: Record<string, () => Sketch> = {
  countDistinct: () => new Gathered(countDistinct((x: number | string) => x)),
  approximateCountDistinct: () => new Gathered(approximateCountDistinct((x: number | string) => x)),
}

let seed = 1
function drawn(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
const normal = (): number => Math.sqrt(-2 * Math.log(drawn() + 1e-12)) * Math.cos(2 * Math.PI * drawn())
function shuffled<T>(list: readonly T[]): T[] {
  const copy = list.slice()
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(drawn() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j] as T, copy[i] as T]
  }
  return copy
}

/** ns a call, the least of five rounds. */
function nsOf(calls: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const from = performance.now()
    run()
    least = Math.min(least, ((performance.now() - from) * 1e6) / calls)
  }
  return least
}

function speed<T>(data: readonly T[], make: () => Sketch): Record<string, number> {
  const full = make()
  for (const x of data) full.add(x as never)
  const rounds = Math.max(1, Math.floor(100_000 / data.length))
  const add = nsOf(rounds * data.length, () => {
    for (let round = 0; round < rounds; round++) {
      const sketch = make()
      for (const x of data) sketch.add(x as never)
    }
  })
  const merge = nsOf(20, () => {
    for (let i = 0; i < 20; i++) make().merge(full)
  })
  const result = nsOf(20, () => {
    for (let i = 0; i < 20; i++) full.quantile(0.5)
  })
  return {
    'add ns': Math.round(add),
    'merge µs': Number((merge / 1e3).toFixed(1)),
    'result µs': Number((result / 1e3).toFixed(1)),
    'snapshot bytes': serialize(full.snapshot).length,
  }
}

/** The largest error over six orders and slicings, and how far their results lie apart; as parts of the exact quantile. */
function accuracy(data: readonly number[], make: (q: number) => Sketch): Record<string, string> {
  let error = 0
  let apart = 0
  for (const q of [0.01, 0.5, 0.99]) {
    const exact = quantiles['quantile, exact']?.(q) as Sketch
    for (const x of data) exact.add(x as never)
    const results = [1, 2, 3, 5, 8, 13].map((size) => {
      const order = shuffled(data)
      const merged = make(q)
      for (let slice = 0; slice < size; slice++) {
        const part = make(q)
        for (let i = slice; i < order.length; i += size) part.add(order[i] as never)
        merged.merge(part)
      }
      return merged.quantile(q) / exact.quantile(q)
    })
    error = Math.max(error, ...results.map((ratio) => Math.abs(ratio - 1)))
    apart = Math.max(apart, Math.max(...results) - Math.min(...results))
  }
  return { error: `${(100 * error).toFixed(3)}%`, 'orders apart': `${(100 * apart).toFixed(3)}%` }
}

for (const size of [60, 100_000]) {
  const heartRates = Array.from({ length: size }, () => Math.round(80 + 15 * normal()))
  const latencies = Array.from({ length: size }, () => Math.exp(3 + 1.5 * normal()))
  for (const [kind, data] of Object.entries({ heartRates, latencies })) {
    console.log(`${size} ${kind}`)
    console.table(
      Object.fromEntries(
        Object.entries(quantiles).map(([name, make]) => [
          name,
          { ...accuracy(data, make), ...speed(data, () => make(0.5)) },
        ]),
      ),
    )
  }
}
for (const size of [100, 100_000]) {
  const data = Array.from({ length: size }, (_, i) => `patient-${i}`)
  console.log(`${size} distinct texts`)
  console.table(Object.fromEntries(Object.entries(distinct).map(([name, make]) => [name, speed(data, make)])))
}
