import { createHash } from 'node:crypto'
import { type SplitReader, sourceContract } from '@millrace/core/connector'
import { describe, expect, test } from 'vitest'
import { countLate } from './count-late.ts'
import { type GeneratedWard, generatedWard, type RawLine } from './generated-ward.ts'
import { recount } from './recount.test-oracle.ts'
import type { WardOptions } from './ward-options.ts'

const HOUR = 3_600_000
const context = { operatorId: 'ward', signal: new AbortController().signal }

async function open(ward: GeneratedWard, split: string, position?: unknown): Promise<SplitReader<RawLine>> {
  return await ward.source.createReader(context).openSplit({ id: split }, position)
}

async function drain(reader: SplitReader<RawLine>, batch: number): Promise<{ lines: RawLine[]; positions: unknown[] }> {
  const lines: RawLine[] = []
  const positions: unknown[] = []
  for (;;) {
    const read = await reader.read(batch)
    if (read === undefined) return { lines, positions }
    expect(read.values.length).toBeGreaterThan(0)
    expect(read.values.length).toBeLessThanOrEqual(batch)
    lines.push(...read.values)
    positions.push(JSON.parse(JSON.stringify(read.position)))
  }
}

/** All gateways' lines in the order in which a job reads them: by receive time, then by gateway. */
async function arrivalOrder(ward: GeneratedWard): Promise<RawLine[]> {
  const splits = await ward.source.createEnumerator(context).discover()
  const lines: { line: RawLine; split: number; index: number }[] = []
  for (const [split, { id }] of splits.entries()) {
    const read = await drain(await open(ward, id), 500)
    read.lines.forEach((line, index) => {
      lines.push({ line, split, index })
    })
  }
  lines.sort((a, b) => a.line.receivedAt - b.line.receivedAt || a.split - b.split || a.index - b.index)
  return lines.map(({ line }) => line)
}

async function digest(options: WardOptions): Promise<string> {
  const hash = createHash('sha256')
  for (const line of await arrivalOrder(generatedWard(options))) hash.update(JSON.stringify(line))
  return hash.digest('hex')
}

describe('generated ward', () => {
  for (const { name, run } of sourceContract({
    create: () => generatedWard({ seed: 4, patients: 8, durationMs: 120_000 }),
  })) {
    test(name, run)
  }

  test('gives the same bytes for the same seed, others for another', async () => {
    const small = { patients: 7, durationMs: HOUR / 4 }
    const first = await digest({ ...small, seed: 5 })
    expect(await digest({ ...small, seed: 5 })).toBe(first)
    expect(await digest({ ...small, seed: 6 })).not.toBe(first)
  })

  test('gives the bytes it always gave', async () => {
    expect((await digest({ seed: 1, patients: 3, durationMs: 600_000 })).slice(0, 16)).toBe('b8511c412ba8fc3c')
  })

  test.each([1, 7, 64, 5_000])('gives the same lines however they are cut: %i at a time', async (batch) => {
    const ward = generatedWard({ seed: 3, patients: 5, durationMs: HOUR / 6 })
    const whole = await drain(await open(ward, 'gateway-1'), 1_000)
    const cut = await drain(await open(ward, 'gateway-1'), batch)
    expect(cut.lines).toEqual(whole.lines)
    expect(whole.lines.map(({ position }) => Number(position))).toEqual(whole.lines.map((_, i) => i + 1))
  })

  test('goes on from any position with exactly the lines that follow', async () => {
    const ward = generatedWard({ seed: 11, patients: 6, durationMs: HOUR / 6 })
    const whole = await drain(await open(ward, 'gateway-1'), 1)
    for (let taken = 1; taken < whole.lines.length; taken += 97) {
      const rest = await open(ward, 'gateway-1', whole.positions[taken - 1])
      const next = await rest.read(150)
      expect(next?.values ?? []).toEqual(whole.lines.slice(taken, taken + 150))
    }
    expect((await open(ward, 'gateway-1', whole.positions.at(-1))).read(10)).toBeUndefined()
  })

  test('reaches a position late in a long ward at once', async () => {
    const ward = generatedWard({ patients: 6, durationMs: 365 * 24 * HOUR })
    const second = 360 * 24 * 3_600
    const batch = await (await open(ward, 'gateway-1', { second, given: 0, lines: 0 })).read(6)
    expect(batch?.values[0]?.receivedAt).toBeGreaterThanOrEqual(Date.UTC(2026, 0) + second * 1_000)
  })

  test('keeps each gateway in order of arrival', async () => {
    const { lines } = await drain(await open(generatedWard({ seed: 2, durationMs: HOUR }), 'gateway-3'), 1_000)
    for (let i = 1; i < lines.length; i++) {
      expect((lines[i] as RawLine).receivedAt).toBeGreaterThanOrEqual((lines[i - 1] as RawLine).receivedAt)
    }
  })

  test('shares patients out among gateways', async () => {
    const splits = await generatedWard({ patients: 13 }).source.createEnumerator(context).discover()
    expect(splits.map(({ id }) => id)).toEqual(['gateway-1', 'gateway-2', 'gateway-3'])
    const truth = generatedWard({ patients: 13, durationMs: 1_000 }).truth()
    expect(truth.gateways.map(({ patients }) => patients.length)).toEqual([6, 6, 1])
  })

  test('can be as small as one patient for one second', async () => {
    const ward = generatedWard({ patients: 1, durationMs: 1_000 })
    const lines = await arrivalOrder(ward)
    expect(lines.length).toBe(ward.truth().counts.lines)
    expect(recount(lines)).toEqual({ ...ward.truth().counts, delayed: expect.anything() })
  })

  test('shows vitals that a body can have, changing slowly', async () => {
    const lines = await arrivalOrder(generatedWard({ seed: 8, patients: 2, durationMs: HOUR }))
    const readings = lines.flatMap(({ raw }) => (raw.endsWith('}') && raw.startsWith('{"p') ? [JSON.parse(raw)] : []))
    const plausible = readings.filter((r) => r.heartRate >= 40 && r.heartRate <= 180 && r.respiratoryRate >= 6)
    expect(plausible.length / readings.length).toBeGreaterThan(0.999)
    const own = plausible.filter((r) => r.patientId === 'p01').sort((a, b) => a.seq - b.seq)
    const steps = own.slice(1).map((r, i) => Math.abs(r.heartRate - own[i].heartRate))
    expect(Math.max(...steps)).toBeLessThanOrEqual(6)
  })

  test.each<[string, WardOptions]>([
    ['no patient', { patients: 0 }],
    ['half a patient', { patients: 1.5 }],
    ['no time', { durationMs: 0 }],
    ['half a second', { durationMs: 1_500 }],
    ['a start between seconds', { startMs: 1_767_225_600_001 }],
    ['a seed that is no number', { seed: Number.NaN }],
  ])('refuses %s', (_, options) => {
    expect(() => generatedWard(options)).toThrow(expect.objectContaining({ code: 'CORE_OPTION_INVALID' }))
  })

  test('refuses the position of a gateway that it does not have', () => {
    const reader = generatedWard({ patients: 1 }).source.createReader(context)
    expect(() => reader.openSplit({ id: 'gateway-9' }, undefined)).toThrow(/gateway-9/)
  })
})

describe('the truth about a ward', () => {
  test.each<[WardOptions]>([
    [{ seed: 1, patients: 24, durationMs: HOUR }],
    [{ seed: 2, patients: 7, durationMs: 3 * HOUR }],
    [{ seed: 3, patients: 4, durationMs: HOUR / 6 }],
    [{ seed: -4, patients: 1, durationMs: 2 * HOUR, startMs: Date.UTC(1999, 11, 31, 23) }],
    [{ seed: 2 ** 40 + 5, patients: 9, durationMs: HOUR / 2, patientsPerGateway: 2 }],
  ])('counts what an independent reading of the lines counts: %o', async (options) => {
    const ward = generatedWard(options)
    const truth = ward.truth()
    const lines = await arrivalOrder(ward)
    expect(recount(lines)).toEqual({ ...truth.counts, silentSeconds: expect.any(Number), delayed: expect.anything() })
    const { patients = 24, durationMs = 0 } = options
    expect(truth.counts.readings + truth.counts.broken.total + truth.counts.silentSeconds).toBe(
      (patients * durationMs) / 1_000,
    )
  })

  test('finds each of its lines where it says', async () => {
    const ward = generatedWard({ seed: 21, patients: 12, durationMs: 2 * HOUR })
    const truth = ward.truth()
    const all = await arrivalOrder(ward)
    const at = new Map(all.map((line) => [`${line.gateway} ${line.position}`, line]))
    const find = ({ gateway, line }: { gateway: string; line: number }): RawLine =>
      at.get(`${gateway} ${line}`) as RawLine
    for (const place of truth.lines.duplicates) {
      const copy = find(place)
      const first = all.find((line) => line.raw === copy.raw) as RawLine
      expect(first).not.toBe(copy)
      expect(copy.receivedAt - first.receivedAt).toBeLessThan(2_000)
    }
    for (const place of truth.lines.broken) expect(recount([find(place)]).broken.total).toBe(1)
    for (const place of truth.lines.impossibleValues) expect(recount([find(place)]).impossibleValues.total).toBe(1)
    for (const place of truth.lines.delayedBeyond) {
      expect(find(place).receivedAt - place.time).toBeGreaterThan(6_500)
      expect(find(place).raw).toContain(`"patientId":"${place.patientId}"`)
    }
    const outages = truth.episodes.outage
    const seen = new Set<string>()
    const delays = all.flatMap(({ raw, receivedAt }) => {
      if (seen.has(raw) || !seen.add(raw) || !raw.startsWith('{"patientId"') || !raw.endsWith('}')) return []
      const reading = JSON.parse(raw)
      const measured = Date.UTC(2026, 0) + reading.seq * 1_000
      const isHeld = outages.some((o) => o.patientId === reading.patientId && measured >= o.from && measured < o.to)
      return isHeld ? [] : [receivedAt - measured]
    })
    expect(delays.filter((delay) => delay > 1_000 && delay < 5_700).length).toBe(truth.counts.delayed.within)
    expect(delays.filter((delay) => delay >= 6_500).length).toBe(truth.counts.delayed.beyond)
    expect(truth.lines.broken.length).toBe(truth.counts.broken.total)
    expect(truth.lines.duplicates.length).toBe(truth.counts.duplicates)
  })

  test('holds during each of its episodes', async () => {
    const ward = generatedWard({ seed: 31, patients: 24, durationMs: 2 * HOUR })
    const { episodes, gateways } = ward.truth()
    expect(gateways.length).toBe(4)
    const lines = (await arrivalOrder(ward)).flatMap((line) => {
      const isWhole = line.raw.startsWith('{"patientId"') && line.raw.endsWith('}')
      return isWhole ? [{ ...line, reading: JSON.parse(line.raw), trueTime: Number.NaN }] : []
    })
    for (const line of lines) line.trueTime = Date.UTC(2026, 0) + line.reading.seq * 1_000
    const during = ({ patientId, from, to }: { patientId: string; from: number; to: number }): typeof lines =>
      lines.filter((l) => l.reading.patientId === patientId && l.trueTime >= from && l.trueTime < to)
    for (const { patientId, plateau } of episodes.deterioration) {
      for (const { reading } of during({ patientId, from: plateau?.from ?? 0, to: plateau?.to ?? 0 })) {
        if (plateau?.vital === 'spo2') expect(reading.spo2).toBeLessThanOrEqual(85)
        else expect(reading.heartRate).toBeGreaterThanOrEqual(130)
      }
    }
    for (const episode of episodes.silentDevice) expect(during(episode)).toEqual([])
    for (const episode of episodes.probeOff) {
      const expected = episode.form === 'null' ? null : 0
      expect(during(episode).length).toBe(episode.lines)
      for (const { reading } of during(episode)) expect(reading.spo2).toBe(expected)
    }
    for (const episode of episodes.outage) {
      expect(during(episode).length).toBe(episode.lines)
      for (const { receivedAt } of during(episode)) {
        expect(receivedAt).toBeGreaterThanOrEqual(episode.to)
        expect(receivedAt).toBeLessThan(episode.to + 1_000)
      }
    }
    for (const episode of episodes.wrongClock) {
      for (const { reading, trueTime } of during(episode)) {
        const time = typeof reading.time === 'string' ? Date.parse(reading.time) : reading.time
        expect(Math.floor((time - (episode.clockOffsetMs ?? 0)) / 1_000) * 1_000).toBe(trueTime)
      }
    }
    for (const episode of episodes.fahrenheit) {
      for (const { reading } of during(episode)) {
        expect(reading.temperatureUnit).toBe('[degF]')
        expect(reading.temperature).toBeGreaterThan(90)
      }
    }
  })

  test.each<[WardOptions, { windowMs: number; outOfOrdernessMs: number; idleAfterMs?: number }]>([
    [
      { seed: 1, patients: 12, durationMs: HOUR },
      { windowMs: 60_000, outOfOrdernessMs: 5_000 },
    ],
    [
      { seed: 1, patients: 12, durationMs: HOUR },
      { windowMs: 1_000, outOfOrdernessMs: 0 },
    ],
    [
      { seed: 7, patients: 5, durationMs: HOUR, patientsPerGateway: 1 },
      { windowMs: 7_000, outOfOrdernessMs: 1_000 },
    ],
    [
      { seed: 7, patients: 5, durationMs: HOUR, patientsPerGateway: 1 },
      { windowMs: 30_000, outOfOrdernessMs: 5_000, idleAfterMs: 60_000 },
    ],
  ])('counts late readings as a brute-force reading does: %o, %o', async (options, lateness) => {
    const ward = generatedWard(options)
    const truth = ward.truth(lateness)
    const counted = countLate(await arrivalOrder(ward), lateness)
    expect(counted).toEqual({
      readings: truth.counts.readings,
      late: truth.lateness.late.total,
      beyondBound: truth.lateness.beyondBound.total,
    })
    expect(counted.late).toBeGreaterThan(0)
  })

  test('has every kind in the default ward', () => {
    const truth = generatedWard().truth()
    const numbers = (value: object): number[] =>
      Object.values(value).flatMap((v) => (typeof v === 'object' ? numbers(v) : [v]))
    expect(Math.min(...numbers(truth.counts))).toBeGreaterThan(0)
    for (const episodes of Object.values(truth.episodes)) expect(episodes.length).toBeGreaterThan(0)
    expect(truth.lateness.late.delayed).toBeGreaterThan(0)
    expect(truth.lateness.late.wrongClock).toBe(truth.counts.wrongClock.behind)
    expect(new Set(truth.episodes.deterioration.map(({ form }) => form))).toEqual(
      new Set(['desaturation', 'tachycardia']),
    )
    expect(truth.counts.lines).toBe(truth.counts.readings + truth.counts.broken.total + truth.counts.duplicates)
  })

  test('has every kind in a small ward too', () => {
    for (const seed of [1, 2, 3]) {
      const { counts } = generatedWard({ seed, patients: 6, durationMs: HOUR / 3 }).truth()
      expect(Object.values(counts).map((count) => (typeof count === 'number' ? count : count.total))).not.toContain(0)
    }
  })

  test('is plain JSON', () => {
    const truth = generatedWard({ patients: 2, durationMs: HOUR }).truth()
    expect(JSON.parse(JSON.stringify(truth))).toEqual(truth)
  })
})
