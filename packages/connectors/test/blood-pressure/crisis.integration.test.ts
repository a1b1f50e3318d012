import { manualClock } from '@millrace/core/testing'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../aws/aws-fault-proxy.ts'
import { stall } from '../aws/faults.ts'
import { crisisJob, isCrisis, type Pressure } from './crisis-job.ts'
import { runCrisisJob } from './crisis-life.ts'
import { byId, CrisisWorld } from './crisis-world.ts'
import { hasRecording, pressures } from './recording.ts'

const CONDITION = 'systolic >= 200 OR diastolic >= 120'
const DRAIN_MS = 10_000
let world: CrisisWorld

beforeEach(async () => {
  world = await CrisisWorld.create(inject('aws').ministack)
})
afterEach(() => world.close())

describe.skipIf(!hasRecording && process.env.CI !== 'true')('blood pressure (skipped without MILLRACE_DATA)', () => {
  it('goes through Kinesis to alarms and hourly objects, which end by size or by the clock, whichever is first', async () => {
    const rows = pressures()
    const clock = manualClock(Date.UTC(2026, 10, 26, 13, 57))
    const job = crisisJob(world.places).executeAsync({ clock })
    const stepOf = (id: string) => job.metrics().steps.find((step) => step.id === id)
    const objects = () => stepOf('objects')?.counters.objectsOut ?? 0
    const arrived = (count: number) => expect.poll(() => stepOf('objects')?.recordsIn, { timeout: 30_000 }).toBe(count)

    // By the clock: the first of these is five minutes old.
    await world.feed(rows.slice(0, 100))
    await arrived(100)
    clock.advance('4m')
    await world.feed(rows.slice(100, 200))
    await arrived(200)
    expect(objects()).toBe(0)
    clock.advance('59s')
    await expect.poll(() => stepOf('objects')?.gauges.openObjects).toBe(2)
    expect(objects()).toBe(0)
    clock.advance('1s')
    await expect.poll(objects).toBe(1)
    expect(stepOf('objects')?.gauges.openObjects).toBeGreaterThanOrEqual(1)

    // By size: long before that.
    await world.feed(rows.slice(200, 1_000))
    await arrived(1_000)
    await expect.poll(objects).toBe(3)

    // Three hours in which nothing comes leave no object.
    clock.advance('4h')
    await expect.poll(objects).toBe(4)
    await world.feed(rows.slice(1_000))
    await arrived(rows.length)
    expect(await world.bucket.keys('readings/')).toEqual([])
    await job.stop()

    const keys = await world.bucket.keys('readings/')
    const hours = keys.map((key) => /hour=(\d\d)/.exec(key)?.[1])
    expect([...new Set(hours)]).toEqual(['13', '14', '18'])
    expect(await world.query('true')).toEqual(rows.toSorted(byId))
    const found = await world.query(CONDITION)
    expect(await world.alarms()).toEqual(found)
    expect(found).toEqual(rows.filter(isCrisis).toSorted(byId))
    expect(found.length).toBeGreaterThan(1_000)
  })

  it('is drained on SIGTERM within the limit, and loses and repeats nothing when it goes on', async () => {
    const rows = pressures()
    const told: Pressure[] = []
    for (let part = 0; part < 4; part++) {
      await world.feed(rows.slice(part * 500, part === 3 ? rows.length : (part + 1) * 500))
      const life = await runCrisisJob(world.places, DRAIN_MS, (seen) =>
        part === 3 ? seen === rows.length : seen > part * 500 + 50,
      )
      expect(life).toMatchObject({ code: 0, errors: '' })
      expect(life.drainedMs).toBeLessThan(DRAIN_MS)
      expect(await world.bucket.uploads()).toEqual([])
      // What it has taken in, it has told and stored.
      const stored = await world.query('true')
      expect(stored.length).toBeGreaterThanOrEqual(life.seen)
      told.push(...(await world.alarms()))
      expect(told.toSorted(byId)).toEqual(await world.query(CONDITION))
    }
    expect(await world.query('true')).toEqual(rows.toSorted(byId))
    expect(told.toSorted(byId)).toEqual(rows.filter(isCrisis).toSorted(byId))
  })

  it('ends with 1 where draining takes longer than the limit, and loses nothing either', async () => {
    const rows = pressures().slice(0, 300)
    const proxy = await AwsFaultProxy.listen(inject('aws').ministack)
    try {
      await world.feed(rows)
      proxy.plan('CompleteMultipartUpload', stall(), { times: Number.POSITIVE_INFINITY })
      const places = { ...world.places, aws: proxy.endpoint }
      expect(await runCrisisJob(places, 500, (seen) => seen === rows.length)).toMatchObject({ code: 1, errors: '' })
      proxy.heal()
      expect(await runCrisisJob(places, DRAIN_MS, () => true)).toMatchObject({ code: 0, errors: '' })
      expect(await world.query('true')).toEqual(rows.toSorted(byId))
      expect(await world.alarms()).toEqual(await world.query(CONDITION))
    } finally {
      proxy.close()
    }
  })
})
