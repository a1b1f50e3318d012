import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lake, openLake } from '@millrace/connectors/lake'
import { crash, end, type ScriptMark, scripted, testJob } from '@millrace/core/testing'
import { parseRuleSet } from '@millrace/rules'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { directoryInput } from './directory-input.ts'
import { wardJob } from './job.ts'
import type { Received, VitalValues } from './reading.ts'

const rules = parseRuleSet(JSON.parse(readFileSync(join(import.meta.dirname, 'rules.json'), 'utf8')))

let folder: string
let lake: Lake

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-'))
  lake = await openLake({ directory: join(folder, 'lake') })
})

afterEach(async () => {
  await lake.close()
  await rm(folder, { recursive: true, force: true })
})

/** Every source and sink of the job is replaced: neither folder nor lake is touched. */
function ward(...script: readonly (Received | ScriptMark)[]) {
  const input = directoryInput(folder, 0)
  const job = wardJob({ input, rules, window: '1m', directory: folder, lake })
  return testJob(job, { vitals: scripted<Received>(...script) })
}

/** A reading that arrives at this second of the ward, as it was measured unless `measuredAt` says otherwise. */
function reading(
  patientId: string,
  second: number,
  spo2: number | null,
  more: VitalValues & { readonly measuredAt?: number } = {},
): Received {
  const { measuredAt = second, ...vitals } = more
  const [time, receivedAt] = [measuredAt * 1_000, second * 1_000]
  const raw = JSON.stringify({ patientId, time, spo2, ...vitals })
  return {
    reading: { patientId, time, receivedAt, spo2, heartRate: 70, ...vitals, converted: [] },
    raw,
    split: 'script',
    position: String(second),
  }
}

const raised = (rule: string, patientId: string, time: number) =>
  expect.objectContaining({ rule, patientId, event: 'raised', time })
const cleared = (rule: string, patientId: string, time: number) =>
  expect.objectContaining({ rule, patientId, event: 'cleared', time })

describe('alarms', () => {
  const desaturation = [
    reading('p1', 0, 97),
    reading('p1', 5, 86),
    reading('p1', 12, 85),
    reading('p1', 25, 85),
    reading('p1', 26, 95),
    reading('p1', 40, 96),
  ]
  const alarms = [raised('spo2-low', 'p1', 20_000), cleared('spo2-low', 'p1', 36_000)]

  it('raises a desaturation once, when it has lasted, and says why', async () => {
    const events = await ward(...desaturation).output('alarms-file')
    expect(events).toEqual(alarms)
    expect(events[0]).toMatchObject({
      ruleVersion: rules.version,
      priority: 'high',
      why: {
        condition: 'spo2 < 88 %',
        since: 5_000,
        for: '15s',
        values: [{ signal: 'spo2', value: 85, unit: '%', time: 12_000, limit: 88, limitUnit: '%', limitFrom: 'rule' }],
      },
    })
  })

  it('gives the same output wherever it crashes', async () => {
    const calm = ward(...desaturation)
    const sinks = ['alarms-file', 'windows-file', 'raw-vitals', 'staging-vitals', 'curated-alarms']
    for (let at = 0; at <= desaturation.length; at++) {
      const rough = ward(...desaturation.slice(0, at), crash(), ...desaturation.slice(at), end())
      for (const sink of sinks) expect(await rough.output(sink)).toEqual(await calm.output(sink))
      expect((await rough.result()).metrics.restarts).toBe(1)
    }
    const everywhere = ward(...desaturation.flatMap((element) => [element, crash()]))
    expect(await everywhere.output('alarms-file')).toEqual(alarms)
    expect((await everywhere.result()).metrics.restarts).toBe(desaturation.length)
  })

  it('raises nothing for one that does not last', async () => {
    const short = ward(reading('p1', 0, 97), reading('p1', 5, 86), reading('p1', 20, 90), reading('p1', 40, 90))
    expect(await short.output('alarms-file')).toEqual([])
  })

  it('finds a silent device at last seen + 30 s, by the clock of the others', async () => {
    const others = [10, 20, 29, 30, 31, 50].map((second) => reading('p2', second, 97))
    const job = ward(reading('p1', 0, 97), ...others, reading('p1', 51, 97))
    const events = (await job.output('alarms-file')) as { rule: string; why: object }[]
    expect(events.filter(({ rule }) => rule === 'device-silent')).toEqual([
      raised('device-silent', 'p1', 30_000),
      cleared('device-silent', 'p1', 51_000),
    ])
    expect(events[0]?.why).toMatchObject({ kind: 'technical', lastSeen: 0 })
  })

  it('tells a probe that is off from a device that is silent: a zero is no SpO2', async () => {
    const off = [0, 10, 20, 30, 40].map((second) => reading('p1', second, second === 0 ? 97 : 0))
    expect(await ward(...off).output('alarms-file')).toEqual([raised('probe-off', 'p1', 30_000)])
  })

  it("takes a patient's own limit before the ward's", async () => {
    const fast = ['p01', 'p03'].flatMap((id) =>
      [0, 10, 20, 30, 40].map((second) => reading(id, second, 97, { heartRate: 130 })),
    )
    const inTurn = [...fast].sort((a, b) => a.reading.time - b.reading.time)
    expect(await ward(...inTurn).output('alarms-file')).toEqual([raised('tachycardia', 'p01', 30_000)])
  })
})

describe('what is wrong with a reading', () => {
  it('rejects a line that was read already, also after a restart', async () => {
    const job = ward(reading('p1', 0, 97), reading('p1', 1, 97), crash(), reading('p1', 1, 97), reading('p1', 2, 97))
    expect(await job.output('windows-file')).toEqual([expect.objectContaining({ patientId: 'p1', count: 3 })])
    expect(await job.output('rejects')).toEqual([
      { split: 'script', position: '1', raw: expect.any(String), code: 'duplicate', reason: expect.any(String) },
    ])
    expect(await job.output('raw-vitals')).toHaveLength(4)
    expect(await job.output('staging-vitals')).toHaveLength(3)
  })

  it('takes two readings of one time where their lines differ', async () => {
    const job = ward(reading('p1', 1, 97), reading('p1', 1, 96))
    expect(await job.output('rejects')).toEqual([])
    expect(await job.output('staging-vitals')).toHaveLength(2)
  })

  it('stages a late reading, and counts it as late for its window', async () => {
    const job = ward(reading('p1', 0, 97), reading('p1', 70, 97), reading('p1', 71, 80, { measuredAt: 30 }))
    const { metrics } = await job.result()
    expect(metrics.late).toBe(1)
    expect(await job.output('staging-vitals')).toHaveLength(3)
    expect(await job.output('windows-file')).toEqual([
      expect.objectContaining({ start: 0, count: 1 }),
      expect.objectContaining({ start: 60_000, count: 1 }),
    ])
  })

  it('does not believe a clock that is ahead: no window, no alarm, and nobody else is late', async () => {
    const ahead = [20, 40].map((second) => reading('p1', second, 50, { measuredAt: second + 7_200 }))
    const job = ward(
      reading('p1', 0, 97),
      ...ahead,
      reading('p2', 45, 97),
      reading('p2', 61, 97),
      reading('p1', 62, 97),
    )
    expect(await job.output('windows-file')).toEqual([
      expect.objectContaining({ patientId: 'p1', start: 0, count: 1 }),
      expect.objectContaining({ patientId: 'p2', start: 0, count: 1 }),
      expect.objectContaining({ patientId: 'p1', start: 60_000, count: 1 }),
      expect.objectContaining({ patientId: 'p2', start: 60_000, count: 1 }),
    ])
    const events = (await job.output('alarms-file')) as { rule: string }[]
    expect(events.some(({ rule }) => rule === 'spo2-low')).toBe(false)
    expect(events).toContainEqual(raised('device-silent', 'p1', 30_000))
    expect((await job.output('staging-vitals')).map((row) => (row as { clock: unknown }).clock)).toEqual([
      null,
      'ahead',
      'ahead',
      null,
      null,
      null,
    ])
    expect((await job.result()).metrics.late).toBe(0)
  })

  it('blanks a value that no living body has, and keeps the rest', async () => {
    const job = ward(reading('p1', 0, 140, { heartRate: 80 }))
    expect(await job.output('staging-vitals')).toEqual([
      expect.objectContaining({ spo2: null, heartRate: 80, impossible: 'spo2' }),
    ])
    expect(await job.output('windows-file')).toEqual([
      expect.objectContaining({
        count: 1,
        vitals: expect.objectContaining({ spo2: { count: 0, mean: null, min: null, max: null } }),
      }),
    ])
  })
})
