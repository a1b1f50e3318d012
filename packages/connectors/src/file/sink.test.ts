import { spawnSync } from 'node:child_process'
import { appendFile, copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Committable, SinkWriter } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { json } from '../formats/json.ts'
import type { FileSinkOptions } from './options.ts'
import { fileSink } from './sink.ts'

const withCode = (code: string): unknown => expect.objectContaining({ code })
/** All but the optional ones of a writer are there. */
type Writer = Required<SinkWriter<unknown>>

describe('fileSink', () => {
  let directory = ''
  let path = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-file-'))
    path = join(directory, 'alarms.ndjson')
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const open = async (restored: boolean, options: Partial<FileSinkOptions<unknown>> = {}): Promise<Writer> => {
    const sink = fileSink({ path, format: json(), ...options })
    return (await sink.open({ operatorId: 'page', signal: new AbortController().signal, restored })) as Writer
  }
  const text = (): Promise<string> => readFile(path, 'utf8')
  const prepared = async (
    writer: Writer,
    id: number,
    values: unknown[],
  ): Promise<{ piece: Committable; state: unknown }> => {
    await writer.write(
      values,
      values.map(() => 0),
    )
    return { piece: await writer.prepareCommit(id), state: writer.snapshotState() }
  }

  it('appends lines that a reader sees whole, and leaves nothing else in the folder', async () => {
    const writer = await open(false)
    await writer.recover([], undefined)
    for (let id = 1; id <= 3; id++) await writer.commit((await prepared(writer, id, [{ id }, 'é\n'])).piece)
    await writer.close()
    expect(await text()).toBe('{"id":1}\n"é\\n"\n{"id":2}\n"é\\n"\n{"id":3}\n"é\\n"\n')
    expect(await readdir(directory)).toEqual(['alarms.ndjson'])
  })

  it('finishes an append that was cut off after any number of bytes, also where only zeros reached the disk', async () => {
    const first = await open(false)
    await first.recover([], undefined)
    await first.commit((await prepared(first, 1, ['first'])).piece)
    const { piece, state } = await prepared(first, 2, ['second', 'third'])
    const { offset, length } = piece as { offset: number; length: number }
    const pending = join(directory, (piece as { pending: string }).pending)
    await copyFile(pending, `${pending}.kept`)
    await first.commit(piece)
    const whole = await text()
    for (let cut = offset; cut <= offset + length; cut++) {
      for (const filler of ['', '\0'.repeat(offset + length - cut)]) {
        await copyFile(`${pending}.kept`, pending)
        await writeFile(path, whole.slice(0, cut) + filler)
        const successor = await open(true)
        await successor.recover([piece], state)
        expect(await text()).toBe(whole)
        // It removes all that begins like a pending file, the kept one too: put back for the next round.
        await writeFile(`${pending}.kept`, whole.slice(offset))
        await successor.commit((await prepared(successor, 3, ['fourth'])).piece)
        expect(await text()).toBe(`${whole}"fourth"\n`)
        await successor.close()
      }
    }
  })

  it('needs no pending file for what is in the target already', async () => {
    const dead = await open(false)
    await dead.recover([], undefined)
    const { piece, state } = await prepared(dead, 1, ['first'])
    await dead.commit(piece)
    const successor = await open(true)
    await successor.recover([piece], state)
    expect(await text()).toBe('"first"\n')
  })

  it('fails loudly where committed lines are gone', async () => {
    const dead = await open(false)
    await dead.recover([], undefined)
    await dead.commit((await prepared(dead, 1, ['first'])).piece)
    const { piece, state } = await prepared(dead, 2, ['second'])
    await truncate(path, 3)
    await expect((await open(true)).recover([piece], state)).rejects.toThrow(withCode('FILE_TARGET_TRUNCATED'))
    await expect((await open(true)).recover([], state)).rejects.toThrow(withCode('FILE_TARGET_TRUNCATED'))
    await expect(dead.commit(piece)).rejects.toThrow(withCode('FILE_TARGET_TRUNCATED'))
  })

  it('fails loudly where the pending file is gone or damaged', async () => {
    const dead = await open(false)
    await dead.recover([], undefined)
    const { piece, state } = await prepared(dead, 1, ['first'])
    const pending = join(directory, (piece as { pending: string }).pending)
    await writeFile(pending, '"fLrst"\n')
    await expect((await open(true)).recover([piece], state)).rejects.toThrow(withCode('FILE_PENDING_LOST'))
    await rm(pending)
    await expect((await open(true)).recover([piece], state)).rejects.toThrow(withCode('FILE_PENDING_LOST'))
    expect(await readdir(directory)).toEqual([])
  })

  it('fails loudly where somebody else wrote to the target', async () => {
    const writer = await open(false)
    await writer.recover([], undefined)
    const { piece } = await prepared(writer, 1, ['first'])
    await appendFile(path, 'x')
    await expect(writer.commit(piece)).rejects.toThrow(withCode('FILE_TARGET_CHANGED'))
    await appendFile(path, 'somebody else\n')
    await expect(writer.commit(piece)).rejects.toThrow(withCode('FILE_TARGET_CHANGED'))
    expect(await text()).toBe('xsomebody else\n')
    await writer.close()
  })

  it('refuses a target that holds something, unless told to go on behind it', async () => {
    await writeFile(path, '"old"\n')
    await expect((await open(false)).recover([], undefined)).rejects.toThrow(withCode('FILE_TARGET_EXISTS'))
    const writer = await open(false, { whenExists: 'append' })
    await writer.recover([], undefined)
    await writer.commit((await prepared(writer, 1, ['new'])).piece)
    await writer.close()
    expect(await text()).toBe('"old"\n"new"\n')
    await appendFile(path, 'half a li')
    await expect((await open(false, { whenExists: 'append' })).recover([], undefined)).rejects.toThrow(
      withCode('FILE_TARGET_CHANGED'),
    )
  })

  it('removes only its own leftovers', async () => {
    for (const name of ['.alarms.ndjson.pending-7', '.other.ndjson.pending-7'])
      await writeFile(join(directory, name), 'x')
    await (await open(false)).recover([], undefined)
    expect(await readdir(directory)).toEqual(['.other.ndjson.pending-7'])
  })

  it('refuses options and folders that cannot be', async () => {
    expect(() => fileSink({ path: '', format: json() })).toThrow(withCode('CONNECTOR_OPTION_INVALID'))
    expect(() => fileSink({ path, format: json(), whenExists: 'x' as 'append' })).toThrow(
      withCode('CONNECTOR_OPTION_INVALID'),
    )
    await writeFile(path, '')
    await expect(open(false, { path: join(path, 'below-a-file') })).rejects.toThrow(withCode('FILE_WRITE_FAILED'))
  })

  it.skipIf(process.platform === 'win32')('survives a full disk, while writing and while committing', async () => {
    const writer = await open(false)
    await writer.recover([], undefined)
    await writer.commit((await prepared(writer, 1, ['committed'])).piece)
    await writer.close()
    const state = writer.snapshotState()
    // 30 kB of lines in a file that may have 20 kB (ulimit -f counts 1,024 bytes): the pending file does not fit.
    const full = runLimited(20, state, 30)
    expect(full).toContain('write CONNECTOR_DISK_FULL')
    expect(await text()).toBe('"committed"\n')
    // 15 kB fit into the pending file, but not behind the 10 kB of the target.
    const grown = await open(true)
    await grown.recover([], state)
    await grown.commit((await prepared(grown, 2, ['x'.repeat(10_000)])).piece)
    await grown.close()
    const before = await text()
    expect(runLimited(20, grown.snapshotState(), 15)).toContain('commit CONNECTOR_DISK_FULL')
    expect(await text()).toBe(before)
    expect((await stat(path)).size).toBe(before.length)
  })

  /** Goes on from `state` in a process whose files may have so many kB, and writes, prepares and commits so many more. */
  function runLimited(limitKb: number, state: unknown, writtenKb: number): string {
    const script = `
      const { fileSink } = await import(${JSON.stringify(new URL('./sink.ts', import.meta.url).href)})
      const { json } = await import(${JSON.stringify(new URL('../formats/json.ts', import.meta.url).href)})
      const sink = fileSink({ path: ${JSON.stringify(path)}, format: json() })
      const writer = await sink.open({ operatorId: 'page', signal: new AbortController().signal, restored: true })
      await writer.recover([], ${JSON.stringify(state)})
      let step = 'write'
      try {
        await writer.write(Array.from({ length: ${writtenKb} }, () => 'y'.repeat(1_021)), [])
        const piece = await writer.prepareCommit(3)
        step = 'commit'
        await writer.commit(piece)
        console.log('all written')
      } catch (error) {
        console.log(step, error.code)
      }
      await writer.close()`
    const flags = '--conditions=@millrace/source --input-type=module'
    const command = `ulimit -f ${limitKb} && exec "$0" ${flags} -e "$1"`
    const run = spawnSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' })
    return run.stdout + run.stderr
  }
})
