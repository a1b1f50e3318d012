import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Source, SourceBatch, SplitPosition } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { csv } from '../formats/csv.ts'
import { json } from '../formats/json.ts'
import { fileSource } from './source.ts'

const context = { operatorId: 'vitals', signal: new AbortController().signal }
const withCode = (code: string): unknown => expect.objectContaining({ code })
const splitsOf = async (source: Source<unknown>): Promise<string[]> =>
  (await source.createEnumerator(context).discover()).map((split) => split.id)

async function readAll<T>(source: Source<T>, split: string, from?: SplitPosition): Promise<SourceBatch<T>[]> {
  const reader = source.createReader(context)
  const batches: SourceBatch<T>[] = []
  try {
    const opened = await reader.openSplit({ id: split }, from)
    for (let batch = await opened.read(2); batch !== undefined; batch = await opened.read(2)) batches.push(batch)
  } finally {
    await reader.close?.()
  }
  return batches
}

describe('fileSource', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-file-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text)

  it('finds the files of a folder in the order of their names, as relative paths', async () => {
    for (const name of ['b.csv', 'a.csv', 'Z.csv', 'c.ndjson', '.hidden.csv']) await write(name, '')
    await mkdir(join(directory, 'sub.csv', 'deep'), { recursive: true })
    await write('sub.csv/deep/d.csv', '')
    await symlink(join(directory, 'a.csv'), join(directory, 'link.csv'))
    await symlink(join(directory, 'nowhere'), join(directory, 'dead.csv'))
    const of = (options: object): Promise<string[]> => splitsOf(fileSource({ directory, format: json(), ...options }))
    expect(await of({ extensions: ['.csv'] })).toEqual(['Z.csv', 'a.csv', 'b.csv', 'link.csv'])
    expect(await of({ recursive: true })).toEqual([
      'Z.csv',
      'a.csv',
      'b.csv',
      'c.ndjson',
      'link.csv',
      'sub.csv/deep/d.csv',
    ])
  })

  it('says where each record was read', async () => {
    await write('p1_Numerics.csv', 'HR\n60\n\n61\n')
    const map = (row: Readonly<Record<string, string>>, { file, line }: { file: string; line: number }) => ({
      hr: Number(row.HR),
      patientId: file.replace('_Numerics.csv', ''),
      line,
    })
    const batches = await readAll(fileSource({ directory, format: csv(), map }), 'p1_Numerics.csv')
    expect(batches.flatMap(({ values }) => values)).toEqual([
      { hr: 60, patientId: 'p1', line: 2 },
      { hr: 61, patientId: 'p1', line: 4 },
    ])
  })

  it('goes on with lines that were added after the stop', async () => {
    await write('a.ndjson', '1\n2\n')
    const source = fileSource({ directory, format: json<number>() })
    const position = (await readAll(source, 'a.ndjson')).at(-1)?.position
    await appendFile(join(directory, 'a.ndjson'), '3\n4')
    expect((await readAll(source, 'a.ndjson', position)).flatMap(({ values }) => values)).toEqual([3, 4])
  })

  it('refuses a file that is gone, shorter or changed below the position', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `{"n":${n}}`).join('\n')
    const path = join(directory, 'a.ndjson')
    const source = fileSource({ directory, format: json<{ n: number }>(), chunkBytes: 512 })
    await write('a.ndjson', lines)
    const batches = await readAll(source, 'a.ndjson')
    const position = batches[400]?.position as { offset: number }
    const last = batches[400]?.values.at(-1)?.n as number
    await write('a.ndjson', lines.replace(`"n":${last}}`, `"n":${last + 1}}`))
    await expect(readAll(source, 'a.ndjson', position)).rejects.toThrow(withCode('FILE_CHANGED'))
    await truncate(path, position.offset - 1)
    await expect(readAll(source, 'a.ndjson', position)).rejects.toThrow(withCode('FILE_TRUNCATED'))
    await rm(path)
    await expect(readAll(source, 'a.ndjson', position)).rejects.toThrow(withCode('FILE_VANISHED'))
    await expect(readAll(source, 'a.ndjson')).rejects.toThrow(withCode('FILE_UNREADABLE'))
    await write('a.ndjson', lines)
    expect((await readAll(source, 'a.ndjson', position)).length).toBe(batches.length - 401)
  })

  it('notices a file that shrinks under the reader', async () => {
    await write('a.ndjson', '{"n":1}\n'.repeat(100))
    const source = fileSource({ directory, format: json(), chunkBytes: 64 })
    const reader = source.createReader(context)
    const opened = await reader.openSplit({ id: 'a.ndjson' }, undefined)
    for (let n = 0; n < 10; n++) await opened.read(1)
    await truncate(join(directory, 'a.ndjson'), 10)
    const rest = async (): Promise<void> => {
      while ((await opened.read(100)) !== undefined);
    }
    await expect(rest()).rejects.toThrow(withCode('FILE_TRUNCATED'))
    await reader.close?.()
  })

  it('says which folder or file it cannot read', async () => {
    const missing = join(directory, 'missing')
    await expect(splitsOf(fileSource({ directory: missing, format: json() }))).rejects.toThrow(
      withCode('FILE_DIRECTORY_UNREADABLE'),
    )
    await expect(splitsOf(fileSource({ directory, format: json() }))).rejects.toThrow(withCode('FILE_NONE_FOUND'))
    await expect(splitsOf(fileSource({ directory, extensions: ['.csv'], format: json() }))).rejects.toThrow(/\.csv/)
    await expect(splitsOf(fileSource({ paths: [missing], format: json() }))).rejects.toThrow(
      withCode('FILE_UNREADABLE'),
    )
    await expect(splitsOf(fileSource({ paths: [directory], format: json() }))).rejects.toThrow(
      withCode('FILE_UNREADABLE'),
    )
  })

  it('refuses options that make no sense', () => {
    for (const options of [
      {},
      { paths: ['a'], directory: 'b' },
      { paths: [] },
      { paths: ['a', './a'] },
      { paths: [''] },
      { directory: 'b', extensions: ['csv'] },
      { paths: ['a'], extensions: ['.csv'] },
      { directory: 'b', chunkBytes: 0 },
      { directory: 'b', maxOpenFiles: 0 },
    ]) {
      expect(() => fileSource({ ...options, format: json() })).toThrow(withCode('CONNECTOR_OPTION_INVALID'))
    }
  })

  it('stops when the job stops', async () => {
    await write('a.ndjson', '1\n2\n')
    const stop = new AbortController()
    const reader = fileSource({ directory, format: json() }).createReader({ ...context, signal: stop.signal })
    const opened = await reader.openSplit({ id: 'a.ndjson' }, undefined)
    stop.abort(new Error('stopped'))
    await expect(async () => opened.read(1)).rejects.toThrow('stopped')
    await reader.close?.()
  })

  const recordings = join(process.env.MILLRACE_DATA ?? '../shared/data', 'bidmc')
  const noData = !existsSync(recordings) && process.env.CI !== 'true'
  it.skipIf(noData)('reads the recordings whole (skipped where they are not at hand: MILLRACE_DATA)', async () => {
    const source = fileSource({ directory: recordings, extensions: ['.csv'], format: csv() })
    let rows = 0
    let lines = 0
    for (const split of await splitsOf(source)) {
      for (const { values, rejects = [] } of await readAll(source, split)) {
        expect(rejects).toEqual([])
        rows += values.length
      }
      lines += (await readFile(join(recordings, split), 'utf8')).split('\n').filter((line) => line !== '').length - 1
    }
    expect(rows).toBe(lines)
    expect(rows).toBeGreaterThan(12_000)
  })
})
