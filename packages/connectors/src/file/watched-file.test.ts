import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnvironment } from '@millrace/core'
import type { SourceBatch } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FileContent, watchedFile } from './watched-file.ts'
import { WatchedFileReader } from './watched-file-reader.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-watched-'))
  path = join(folder, 'rules.txt')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A reader whose looks the test makes: each may change the file before the next. */
class Watch {
  readonly stopping = new AbortController()
  readonly reader: WatchedFileReader<FileContent>
  readonly #steps: (() => void)[] = []

  constructor(position?: unknown, maxBytes: number = 1_000) {
    const nextLook = async (): Promise<void> => {
      const step = this.#steps.shift()
      if (step === undefined) this.stopping.abort(new Error('no more looks'))
      else step()
    }
    const context = { signal: this.stopping.signal }
    this.reader = new WatchedFileReader({ path, maxBytes, map: undefined, context, nextLook }, position)
  }

  /** The next content, with these steps between looks; `undefined` where they bring none. */
  async next(...steps: (() => void)[]): Promise<SourceBatch<FileContent> | undefined> {
    this.#steps.push(...steps)
    try {
      return await this.reader.read()
    } catch (error) {
      if (!this.stopping.signal.aborted) throw error
      return undefined
    }
  }
}

const write = (text: string | Uint8Array) => () => writeFileSync(path, text)
const nothing = () => undefined
const textsOf = (batch: SourceBatch<FileContent> | undefined) => batch?.values.map(({ text }) => text)

describe('a watched file', () => {
  it('is given at first, and when it holds something else', async () => {
    write('one')()
    const watch = new Watch()
    expect(textsOf(await watch.next(nothing))).toEqual(['one'])
    expect(textsOf(await watch.next(nothing, write('two'), nothing))).toEqual(['two'])
    expect(textsOf(await watch.next(write('two'), nothing, nothing))).toBeUndefined()
  })

  it('is not given while it is being written', async () => {
    write('one')()
    const watch = new Watch()
    await watch.next(nothing)
    const grown = await watch.next(write(''), write('tw'), write('two'), write('two, all of it'), nothing)
    expect(textsOf(grown)).toEqual(['two, all of it'])
  })

  it('may be replaced by its name, be away, and come back', async () => {
    write('one')()
    const watch = new Watch()
    await watch.next(nothing)
    const replace = () => {
      writeFileSync(`${path}.new`, 'two')
      renameSync(`${path}.new`, path)
    }
    expect(textsOf(await watch.next(replace, nothing))).toEqual(['two'])
    const back = await watch.next(() => rmSync(path), nothing, nothing, write('three'), nothing)
    expect(textsOf(back)).toEqual(['three'])
  })

  it('that is not there yet is waited for', async () => {
    const watch = new Watch()
    expect(textsOf(await watch.next(nothing, nothing, write('one'), nothing))).toEqual(['one'])
  })

  it('of a hundred quick changes gives the last, whatever stood in it between', async () => {
    write('0')()
    const watch = new Watch()
    await watch.next(nothing)
    const steps = Array.from({ length: 100 }, (_, n) => write(`change ${n}`))
    expect(textsOf(await watch.next(...steps, nothing))).toEqual(['change 99'])
  })

  it('that goes back to an earlier content is given again, as another version', async () => {
    write('one')()
    const watch = new Watch()
    const versions = [await watch.next(nothing), await watch.next(write('two'), nothing)]
    versions.push(await watch.next(write('one'), nothing))
    expect(versions.map((batch) => textsOf(batch)?.[0])).toEqual(['one', 'two', 'one'])
    expect(versions.every((batch) => /^\d+-[0-9a-f]{12}$/.test(batch?.values[0]?.version ?? ''))).toBe(true)
  })

  it('is not given again after a restart, unless it holds something else by then', async () => {
    write('one')()
    const first = await new Watch().next(nothing)
    expect(await new Watch(first?.position).next(nothing, nothing)).toBeUndefined()
    write('two')()
    expect(textsOf(await new Watch(first?.position).next(nothing))).toEqual(['two'])
  })

  it('that is no text, or too large, is a reject without its content, once', async () => {
    write(Uint8Array.of(0xff, 0xfe, 0x41))()
    const watch = new Watch(undefined, 10)
    const rejects = [await watch.next(nothing), await watch.next(write('x'.repeat(11)), nothing)]
    expect(rejects.map((batch) => batch?.rejects?.map(({ reject }) => [reject.code, reject.raw]))).toEqual([
      [['utf8-invalid', '']],
      [['file-too-large', '']],
    ])
    expect(textsOf(await watch.next(nothing, write('x'), nothing))).toEqual(['x'])
  })

  it('that cannot be read fails, by name', async () => {
    const watch = new Watch()
    path = folder
    const reader = new WatchedFileReader(
      { path: folder, maxBytes: 10_000_000, map: undefined, context: watch.stopping, nextLook: async () => undefined },
      undefined,
    )
    await expect(reader.read()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  it('is a source of a job that ends when the job is stopped', async () => {
    write('one')()
    const env = createEnvironment()
    const { promise, resolve } = Promise.withResolvers<string>()
    env.fromSource(watchedFile({ path, every: 1, map: ({ text }) => text })).sinkTo({
      kind: 'test',
      delivery: 'at-least-once',
      open: () => ({ write: (values) => resolve(String(values[0])) }),
    })
    const job = env.executeAsync()
    expect(await promise).toBe('one')
    await job.stop()
  })

  it('takes options that can be', () => {
    for (const bad of [{ path: '' }, { path, every: 0 }, { path, maxBytes: 0 }, { path, map: 1 }, { path, other: 1 }]) {
      expect(() => watchedFile(bad as never)).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    }
  })
})
