import { expect, expectTypeOf, it } from 'vitest'
import { createEnvironment } from '../api/environment.ts'
import {
  boundedOutOfOrderness,
  customWatermarks,
  monotonousTimestamps,
  noWatermarks,
  punctuatedWatermarks,
  type WatermarkStrategy,
} from './watermark-strategy.ts'

const generator = { name: 'own', create: () => ({ n: 0 }), onRecord: () => undefined }

it('refuses what could not be restored, or would be shared between splits', () => {
  const shared = {}
  expect(() => customWatermarks({ ...generator, create: () => shared })).toThrow("'own' give the same state twice")
  expect(() => customWatermarks({ ...generator, create: () => ({ find: () => 1 }) })).toThrow('is not plain data')
  expect(customWatermarks(generator).generator?.name).toBe('own')
})

it('refuses an alignment that could hold nothing', () => {
  expect(() => noWatermarks().alignedWith('ward', '1m')).toThrow('CORE_OPTION_INVALID')
  expect(() => monotonousTimestamps().alignedWith('', '1m')).toThrow('the group of alignedWith was ""')
  expect(() => monotonousTimestamps().alignedWith('ward', -1)).toThrow('CORE_DURATION_INVALID')
  const env = createEnvironment()
  env
    .fromArray([1])
    .map((n) => n)
    .assignTimestamps((n) => n, monotonousTimestamps().alignedWith('ward', 5))
    .print()
  expect(() => env.explain()).toThrow("is aligned with 'ward', but there is no source right before it")
})

it('keeps what was said before when something is added', () => {
  const strategy = punctuatedWatermarks((row: { at: number }) => row.at)
    .timestamp((row) => row.at)
    .idleAfter('1m')
    .maxFuture('1s')
    .alignedWith('ward', '5s')
  expectTypeOf(strategy).toEqualTypeOf<WatermarkStrategy<{ at: number }>>()
  const { idleAfterMs, maxFutureMs, alignment } = strategy
  expect({ idleAfterMs, maxFutureMs, alignment, name: strategy.generator?.name }).toEqual({
    idleAfterMs: 60_000,
    maxFutureMs: 1_000,
    alignment: { group: 'ward', maxDriftMs: 5_000 },
    name: 'punctuated',
  })
})

it('shows in the plan how watermarks are made', () => {
  const plan = (watermarks: WatermarkStrategy<number>): string => {
    const env = createEnvironment()
    env.fromArray([1], { watermarks: watermarks.timestamp((n: number) => n) }).print()
    return env.explain()
  }
  expect(plan(boundedOutOfOrderness<number>(5).alignedWith('ward', 7))).toContain(
    "watermark 5 ms behind, at most 7 ms ahead of group 'ward', a split",
  )
  expect(plan(noWatermarks<number>())).toContain('no watermark before the end')
  expect(plan(customWatermarks(generator))).toContain('watermark own, a split')
})

it('fails where a generator gives something that is no time', async () => {
  const watermarks = punctuatedWatermarks((_n: number) => Number.NaN)
  const run = createEnvironment()
    .fromArray([1], { watermarks: watermarks.timestamp((n) => n) })
    .executeAndCollect()
  await expect(run).rejects.toThrow('CORE_TIMESTAMP_INVALID')
})
