import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sinkContract, sourceContract } from '@millrace/core/connector'
import { describe, it } from 'vitest'
import { csv } from '../formats/csv.ts'
import { withRaw } from '../formats/format.ts'
import { json } from '../formats/json.ts'
import { fileSink } from './sink.ts'
import { fileSource } from './source.ts'

const newDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-file-'))
const remove = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true })

describe('source of NDJSON files', () => {
  const cases = sourceContract({
    create: async () => {
      const directory = await newDirectory()
      const lines = Array.from({ length: 60 }, (_, n) =>
        n % 7 === 3 ? `{"broken": ${n}` : JSON.stringify({ n, ü: 'é' }),
      )
      await writeFile(join(directory, 'a.ndjson'), `${lines.join('\r\n')}\n\n`)
      await writeFile(join(directory, 'b.ndjson'), `not json at the beginning\n${lines.slice(0, 9).join('\n')}`)
      await writeFile(join(directory, 'empty.ndjson'), '')
      return {
        source: fileSource({ directory, format: json<{ n: number }>(), chunkBytes: 17, maxOpenFiles: 1 }),
        expected: { 'empty.ndjson': [] },
        dispose: () => remove(directory),
      }
    },
  })
  for (const { name, run } of cases) it(name, run)
})

describe('source of CSV files', () => {
  const cases = sourceContract({
    create: async () => {
      const directory = await newDirectory()
      const rows = Array.from({ length: 40 }, (_, n) => (n % 5 === 2 ? `${n},only two` : `${n},"a, ""b""\nc",${n / 2}`))
      await writeFile(join(directory, 'a.csv'), `n, text, half\n${rows.join('\n')}\n5,"never closed,\n7,x,y`)
      return {
        source: fileSource({
          paths: [join(directory, 'a.csv')],
          format: withRaw(csv()),
          map: (row, { line }) => ({ ...row, line }),
          chunkBytes: 13,
        }),
        dispose: () => remove(directory),
      }
    },
  })
  for (const { name, run } of cases) it(name, run)
})

describe('sink of NDJSON lines', () => {
  const cases = sinkContract<{ n: number; text: string }>({
    create: async () => {
      const directory = await newDirectory()
      const path = join(directory, 'deep', 'out.ndjson')
      return {
        sink: fileSink({ path, format: json<{ n: number; text: string }>() }),
        read: async () => {
          const text = await readFile(path, 'utf8').catch(() => '')
          return text
            .split('\n')
            .slice(0, -1)
            .map((line): unknown => JSON.parse(line))
        },
        dispose: () => remove(directory),
      }
    },
    record: (n) => ({ n, text: 'é'.repeat(n % 50) }),
  })
  for (const { name, run } of cases) it(name, run)
})
