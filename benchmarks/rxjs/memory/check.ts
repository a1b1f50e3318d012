// 10 M values of 1 M keys, 1,000 of them at a time, through all operators that keep something by key. After each million the
// heap is collected and told. It has to be flat: what is kept for a key goes with it.
import { memoryUsage } from 'node:process'
import { count, mean } from '@millrace/core'
import { debounceByKey, deduplicate, over, sampleByKey, throttleByKey, tumblingWindow } from '@millrace/core/rxjs'
import { type OperatorFunction, Subject } from 'rxjs'
import { DataClock } from '../data-clock.ts'

interface Value {
  readonly key: string
  readonly time: number
}

const VALUES = 10_000_000
const MILLION = 1_000_000
const AT_A_TIME = 1_000
const VALUES_A_KEY = 10
const START = 1_700_000_000_000
/** What the heap may grow from the first million to the last. */
const MOST_GROWTH_MIB = 2

const { gc } = globalThis
if (gc === undefined) throw new Error('run it with --expose-gc')

const key = (v: Value): string => v.key
const timestamp = (v: Value): number => v.time
const clock = new DataClock(START)
const scheduler = clock
const operators: Readonly<Record<string, OperatorFunction<Value, unknown>>> = {
  debounceByKey: debounceByKey({ key, wait: '2s', scheduler }),
  sampleByKey: sampleByKey({ key, period: '1s', scheduler }),
  throttleByKey: throttleByKey({ key, pause: '2s', trailing: true, scheduler }),
  tumblingWindow: tumblingWindow({ key, timestamp, size: '5s', aggregate: { n: count() }, scheduler }),
  deduplicate: deduplicate({ key, timestamp, keep: 'first', within: '2s', scheduler }),
  over: over({ key, timestamp, last: '5s', aggregate: { at: mean(timestamp) }, scheduler }),
}

const source = new Subject<Value>()
const results = new Map<string, number>()
for (const [name, operator] of Object.entries(operators)) {
  results.set(name, 0)
  source.pipe(operator).subscribe({
    next: () => results.set(name, (results.get(name) as number) + 1),
    error: (error: unknown) => {
      throw error
    },
  })
}

const heaps: number[] = []
for (let i = 0; i < VALUES; i++) {
  const generation = Math.floor(i / (AT_A_TIME * VALUES_A_KEY))
  const time = START + i
  clock.advanceTo(time)
  source.next({ key: `device-${generation * AT_A_TIME + (i % AT_A_TIME)}`, time })
  if ((i + 1) % MILLION !== 0) continue
  gc()
  heaps.push(memoryUsage().heapUsed / 1024 ** 2)
  console.log(`    ${(i + 1) / MILLION} M values: ${heaps.at(-1)?.toFixed(1)} MiB of heap`)
}
source.complete()
for (const [name, n] of results) console.log(`    ${name}: ${n.toLocaleString('en')} results`)

const growth = Math.max(...heaps) - (heaps[0] as number)
console.log(`    growth after the first million: ${growth.toFixed(1)} MiB (at most ${MOST_GROWTH_MIB})`)
if (growth > MOST_GROWTH_MIB) process.exitCode = 1
