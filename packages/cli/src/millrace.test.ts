import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CANARIES, CANARY_VALUE, canariesIn } from '../../rules/test/canaries/canaries.ts'
import { millrace } from './millrace.ts'
import { ReleaseFolder } from './release-folder.ts'

const RULES = 'alarm low\n  when spo2 < 88 % for 15s\n  priority high\n'
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
  writeFileSync(join(cwd, 'ward.rules'), RULES)
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

async function ran(...args: string[]): Promise<{ code: number; printed: string; complained: string }> {
  const [printed, complained]: string[][] = [[], []]
  const code = await millrace(args, {
    cwd,
    now: () => new Date('2026-11-26T14:00:00Z'),
    print: (line) => void printed?.push(line),
    complain: (line) => void complained?.push(line),
  })
  return { code, printed: (printed ?? []).join('\n'), complained: (complained ?? []).join('\n') }
}

const file = (name: string, text: string): void => writeFileSync(join(cwd, name), text)

describe('millrace', () => {
  it('ends with 2 where it is called wrongly, and says what there is', async () => {
    expect((await ran()).code).toBe(2)
    expect(await ran('rules', 'chek', 'a')).toMatchObject({
      code: 2,
      complained: expect.stringContaining('rules check'),
    })
    expect(await ran('rules', 'release', 'ward.rules')).toMatchObject({
      code: 2,
      complained: expect.stringContaining('--to'),
    })
    expect(await ran('rules', 'check', '--loud', 'ward.rules')).toMatchObject({ code: 2 })
  })

  it('ends with 1 where a file is missing or wrong', async () => {
    expect(await ran('rules', 'check', 'none.rules')).toMatchObject({
      code: 1,
      complained: 'none.rules cannot be read: ENOENT',
    })
    file('bad.rules', 'alarm low\n  when spo3 < 88 %\n  priority high\n')
    expect((await ran('rules', 'check', 'bad.rules')).complained).toContain('line 2, column 8')
    file('bad.json', '{')
    expect((await ran('rules', 'check', 'bad.json')).complained).toBe('bad.json is no JSON')
  })

  it('lays rules out, and with --check only says so', async () => {
    file('a.rules', 'alarm low when spo2<88 % priority high # since May')
    expect(await ran('rules', 'format', '--check', 'a.rules')).toMatchObject({ code: 1 })
    expect(await ran('rules', 'format', 'a.rules')).toMatchObject({ code: 0 })
    expect(readFileSync(join(cwd, 'a.rules'), 'utf8')).toContain('  when spo2 < 88 %\n')
    expect(await ran('rules', 'format', '--check', 'a.rules')).toMatchObject({ code: 0 })
  })

  it.each([
    ['a.csv', `${CANARIES.name},1000,${CANARY_VALUE}\np1,2000,3\n`, 'a.csv: there is no column "patient"'],
    ['a.csv', `patient,time,spo2\np1,${CANARIES.phone},80\n`, 'a.csv, line 2: the time is neither'],
    ['a.csv', `patient,time,spo2\np1,1000,${CANARIES.name}\n`, 'a.csv, line 2: spo2 is no number'],
    [
      'a.csv',
      `patient,time,spo2\np1,1000,"${CANARIES.name}\n`,
      'a.csv is no comma-separated text: CSV_QUOTE_NOT_CLOSED',
    ],
    ['a.ndjson', `{"patientId":"${CANARIES.name}`, 'a.ndjson, line 1 is no JSON'],
    ['a.ndjson', JSON.stringify(CANARIES.name), 'a.ndjson, line 1 is no object'],
    ['a.ndjson', 'null', 'a.ndjson, line 1 is no object'],
    ['a.ndjson', JSON.stringify([CANARIES]), 'a.ndjson, line 1 is no object'],
    ['a.ndjson', JSON.stringify({ ...CANARIES, time: 0 }), 'a.ndjson, line 1: the patientId is missing'],
    ['a.ndjson', JSON.stringify({ patientId: CANARIES, time: 0 }), 'a.ndjson, line 1: the patientId is missing'],
    ['a.ndjson', JSON.stringify({ patientId: 'p1', time: CANARIES.name }), 'a.ndjson, line 1: the time is no number'],
  ])('refuses readings that it cannot use without showing what they hold (%s, %#)', async (name, text, complaint) => {
    file(name, text)
    const { code, printed, complained } = await ran('rules', 'try', 'ward.rules', name)
    expect({ code, printed }).toEqual({ code: 1, printed: '' })
    expect(complained).toContain(complaint)
    expect(canariesIn(complained)).toEqual([])
  })

  it('counts values that no rule could use, and shows none of them', async () => {
    const odd = {
      ...CANARIES,
      patientId: 'p1',
      time: 0,
      spo2: CANARIES.name,
      heartRate: { value: 1, unit: CANARIES.phone },
    }
    file(
      'a.ndjson',
      `${JSON.stringify(odd)}\n${JSON.stringify({ ...odd, time: 1, ward: CANARIES, attributes: CANARIES })}\n`,
    )
    const { printed } = await ran('rules', 'try', 'ward.rules', 'a.ndjson')
    expect(printed).toContain('values that no rule could use')
    expect(canariesIn(printed)).toEqual([])
  })

  it('reads units, blanks, wards, attributes and lines of JSON', async () => {
    file(
      'more.rules',
      'alarm fever\n  when temperature > 38 Cel and age >= 18 a\n  priority low\nalarm gone technical\n  when spo2 is unknown\n  priority low\n',
    )
    file(
      'a.csv',
      'patient,time,ward,age,temperature [degF],spo2\np1,1000,icu,40,100.5,97\np1,2000,,,,-\np2,3000,icu,17,104,97\n',
    )
    const { printed } = await ran('rules', 'try', 'more.rules', 'a.csv')
    expect(printed).toContain('p1  low    fever')
    expect(printed).toContain('p1  low    gone: spo2 is unknown')
    expect(printed).not.toContain('p2  low    fever')
    file('a.ndjson', '{"patientId":"p1","time":0,"spo2":80}\n\n{"patientId":"p1","time":20000,"spo2":80}\n')
    expect((await ran('rules', 'try', 'ward.rules', 'a.ndjson')).printed).toContain(
      '1970-01-01T00:00:15Z  p1  high   low',
    )
  })

  it.each([
    ['patient,time,spo2\np1,yesterday,97', 'line 2: the time'],
    ['patient,time,spo2\np1,2026-11-26T14:00:00,97', 'line 2: the time'],
    ['patient,time,spo2\n,1,97', 'line 2: the patient is missing'],
    ['patient,time,spo2\np1,1,secret97', 'line 2: spo2 is no number'],
    ['patient,time,pulse\np1,1,97', 'a column "pulse"'],
    ['patient,spo2\np1,97', 'there is no column "time"'],
    ['', 'is empty'],
    ['patient,time,spo2\n"p1,1,97', 'no comma-separated text'],
  ])('names what is wrong with a recording, and never a value: %j', async (text, complaint) => {
    file('a.csv', text)
    const { code, complained } = await ran('rules', 'try', 'ward.rules', 'a.csv')
    expect([code, complained]).toEqual([1, expect.stringContaining(complaint)])
    expect(complained).not.toContain('secret')
  })

  it('releases as a whole or not at all, once, and goes back further each time', async () => {
    const about = ['--to', 'live', '--by', 'R', '--because', 'x'] as const
    const inForce = (): string => readFileSync(join(cwd, 'live/current.rules'), 'utf8')
    expect((await ran('rules', 'release', 'ward.rules', ...about)).code).toBe(0)
    expect((await ran('rules', 'release', 'ward.rules', ...about)).printed).toContain('nothing is changed')
    file('b.rules', RULES.replace('88', '87'))
    file('c.rules', RULES.replace('88', '86'))
    file('bad.rules', 'alarm low')
    await ran('rules', 'release', 'b.rules', ...about)
    await ran('rules', 'release', 'c.rules', ...about)
    expect((await ran('rules', 'release', 'bad.rules', ...about)).code).toBe(1)
    expect(inForce()).toContain('86')
    await ran('rules', 'back', ...about)
    expect(inForce()).toContain('87')
    await ran('rules', 'back', ...about)
    expect(inForce()).toContain('88')
    expect(await ran('rules', 'back', ...about)).toMatchObject({
      code: 1,
      complained: 'there is no release before this one',
    })
    await ran('rules', 'back', '--release', '3', ...about)
    expect(inForce()).toContain('86')
    expect((await ran('rules', 'history', 'live')).printed.split('\n')).toHaveLength(6)
    file('live/history.ndjson', '{"number":')
    const { code, complained } = await ran('rules', 'release', 'b.rules', ...about)
    expect([code, complained]).toEqual([1, expect.stringContaining('history.ndjson, line 1 is damaged')])
    expect(inForce()).toContain('86')
  })

  it('says whether an audit is whole', async () => {
    file('audit.ndjson', '')
    expect((await ran('audit', 'verify', 'audit.ndjson')).printed).toBe('whole: 0 entries, in 0 chains')
    file('audit.ndjson', '{"chain":"p1"}\n')
    expect((await ran('audit', 'verify', 'audit.ndjson')).code).toBe(1)
    file('audit.ndjson', 'x\n')
    expect(await ran('audit', 'verify', 'audit.ndjson')).toMatchObject({
      code: 1,
      complained: 'audit.ndjson, line 1 is no JSON',
    })
  })
})

describe('ten who release at once', () => {
  it('get numbers of their own, and the last line is what is in force', async () => {
    const main = join(import.meta.dirname, 'main.ts')
    const ended = Array.from({ length: 10 }, (_, n) => {
      file(`${n}.rules`, RULES.replace('88', String(70 + n)))
      const args = ['rules', 'release', `${n}.rules`, '--to', 'live', '--by', `r${n}`, '--because', 'at once']
      const { promise, resolve } = Promise.withResolvers<number | null>()
      spawn(process.execPath, ['--conditions=@millrace/source', main, ...args], { cwd }).on('close', resolve)
      return promise
    })
    expect(await Promise.all(ended)).toEqual(ended.map(() => 0))
    const lines = readFileSync(join(cwd, 'live/history.ndjson'), 'utf8').trimEnd().split('\n')
    const releases = lines.map((line) => JSON.parse(line) as { number: number; by: string })
    expect(releases.map(({ number }) => number)).toEqual(ended.map((_, n) => n + 1))
    const last = releases.at(-1)?.by.slice(1)
    expect(readFileSync(join(cwd, 'live/current.rules'), 'utf8')).toBe(readFileSync(join(cwd, `${last}.rules`), 'utf8'))
  })

  it('wait for one another, and are told of one who never ends', () => {
    const folder = new ReleaseFolder(join(cwd, 'live'))
    folder.alone(() => undefined)
    writeFileSync(join(cwd, 'live/.releasing'), '')
    expect(() => folder.alone(() => undefined, 3)).toThrow('.releasing')
  })
})
