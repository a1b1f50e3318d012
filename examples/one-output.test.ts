import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format, stripVTControlCharacters } from 'node:util'
import type { ExecuteOptions } from '@millrace/core'
import type { Sink, Source } from '@millrace/core/connector'
import { afterEach, describe, expect, it, vi } from 'vitest'

// Every example as it stands, with another batch size, and with crashes in its sources: what it prints stays the same. Its jobs
// are caught where they begin (sources) and end (execute, print). An example in RxJS alone has no batches and no restarts; it runs
// along. The ward has files and a clock of its own: see ward/ward.test.ts and scripts/ward-kill.ts. A stream of Kinesis has no end: see
// examples.test.ts. What needs a server is run by `npm run test:real`: see kafka/kafka.integration.test.ts.

const ELSEWHERE = ['ward', 'kafka', 'kinesis']

const names = readdirSync(import.meta.dirname).filter(
  (name) => !ELSEWHERE.includes(name) && existsSync(join(import.meta.dirname, name, 'main.ts')),
)

afterEach(() => {
  vi.restoreAllMocks()
  vi.resetModules()
})

describe('an example prints what it says', () => {
  for (const name of names) {
    for (const batchSize of [1, 7, 1_024]) {
      for (const crashes of [0, 1, 5]) {
        it(`${name}: batches of ${batchSize}, ${crashes} crashes`, async () => {
          const folder = join(import.meta.dirname, name)
          const { printed, restarts, sources } = await runExample(join(folder, 'main.ts'), batchSize, crashes)
          expect(printed).toBe(readFileSync(join(folder, 'expected.txt'), 'utf8'))
          if (sources > 0) expect(restarts).toBe(crashes)
        })
      }
    }
  }
})

interface Ran {
  readonly printed: string
  readonly restarts: number
  readonly sources: number
}

async function runExample(main: string, batchSize: number, crashes: number): Promise<Ran> {
  vi.resetModules()
  const { createEnvironment, fixedDelayRestart } = await import('@millrace/core')
  const { crashingSource } = await import('@millrace/core/testing')
  const lines: string[] = []
  let restarts = 0
  let sources = 0
  const say = (...what: unknown[]): void => {
    // A table has colours where the terminal of the tests has.
    lines.push(`${stripVTControlCharacters(format(...what))}\n`)
  }
  vi.spyOn(console, 'log').mockImplementation(say)

  const environment = Object.getPrototypeOf(createEnvironment()) as ReturnType<typeof createEnvironment>
  const { fromSource, executeAsync, executeWithSink } = environment
  vi.spyOn(environment, 'fromSource').mockImplementation(function (this: typeof environment, source, options) {
    // What is pushed by an Observable cannot be read again.
    if (!source.replayable) return fromSource.call(this, source, options as never) as never
    sources += 1
    // Early ones, so that a short example meets them all: after each of its first records. The first source has them.
    const at = sources > 1 ? [] : Array.from({ length: crashes }, (_, i) => i + 1)
    return fromSource.call(this, crashingSource(source as Source<unknown>, at), options as never) as never
  })
  const rough = (options: ExecuteOptions = {}): ExecuteOptions => ({
    ...options,
    batchSize,
    checkpoints: { everyRecords: 1, ...options.checkpoints },
    restart: fixedDelayRestart(crashes, 0),
  })
  vi.spyOn(environment, 'executeAsync').mockImplementation(function (this: typeof environment, options) {
    const handle = executeAsync.call(this, rough(options))
    handle.finished.then(({ metrics }) => (restarts += metrics.restarts)).catch(() => {})
    return handle
  })
  vi.spyOn(environment, 'executeWithSink').mockImplementation(function (
    this: typeof environment,
    inputs,
    sink,
    options,
  ) {
    const handle = executeWithSink.call(this, inputs, sink, rough(options))
    handle.finished.then(({ metrics }) => (restarts += metrics.restarts)).catch(() => {})
    return handle
  })
  // The terminal repeats what a restart repeats; what is committed comes once.
  const stream = Object.getPrototypeOf(
    createEnvironment()
      .fromArray([1])
      .map((n) => n),
  ) as {
    print(label?: string): void
    sinkTo(sink: Sink<unknown>): void
  }
  vi.spyOn(stream, 'print').mockImplementation(function (this: typeof stream, label) {
    this.sinkTo(printOnceCommitted((value) => (label === undefined ? say(value) : say(`${label}:`, value))))
  })
  sources = 0
  await import(/* @vite-ignore */ `${pathToFileURL(main).href}`)
  return { printed: lines.join(''), restarts, sources }
}

function printOnceCommitted(say: (value: unknown) => void): Sink<unknown> {
  let said = 0
  return {
    kind: 'print-once',
    delivery: 'exactly-once',
    open: () => {
      let first = 0
      let values: unknown[] = []
      const commit = (committable: unknown): void => {
        const gathered = committable as { readonly first: number; readonly values: readonly unknown[] }
        if (gathered.first < said) return
        said += gathered.values.length
        for (const value of gathered.values) say(value)
      }
      return {
        write(more) {
          values.push(...more)
        },
        prepareCommit() {
          if (values.length === 0) return undefined
          const gathered = { first, values }
          first += values.length
          values = []
          return gathered
        },
        commit,
        snapshotState: () => first,
        recover(committables, state) {
          first = (state as number | undefined) ?? 0
          committables.forEach(commit)
        },
      }
    },
  }
}
