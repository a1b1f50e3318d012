import { expectTypeOf, it } from 'vitest'
import {
  boundedOutOfOrderness,
  createEnvironment,
  customWatermarks,
  type DataStream,
  keyedProcess,
  noWatermarks,
  type PerKeyWatermarks,
  punctuatedWatermarks,
  type WatermarkStrategy,
} from '../src/index.ts'

interface Reading {
  readonly bed: string
  readonly time: number
}

it('types watermarks by the records they are made of', () => {
  expectTypeOf(punctuatedWatermarks((r: Reading) => r.time)).toEqualTypeOf<WatermarkStrategy<Reading>>()
  expectTypeOf(noWatermarks<Reading>()).toEqualTypeOf<WatermarkStrategy<Reading>>()
  expectTypeOf(boundedOutOfOrderness<Reading>(5).alignedWith('ward', '1m')).toEqualTypeOf<WatermarkStrategy<Reading>>()
  const counting = customWatermarks({
    name: 'counting',
    create: () => ({ n: 0 }),
    onRecord(state, reading: Reading) {
      expectTypeOf(state).toEqualTypeOf<{ n: number }>()
      return reading.time
    },
  })
  expectTypeOf(counting).toEqualTypeOf<WatermarkStrategy<Reading>>()
  // @ts-expect-error a watermark is a number, or nothing
  punctuatedWatermarks((r: Reading) => r.bed)
  // @ts-expect-error the strategy reads records of another type
  createEnvironment().fromArray([1], { watermarks: punctuatedWatermarks((r: Reading) => r.time) })
})

it('keeps the result of a keyed process function whatever clocks it goes by', () => {
  const beds = createEnvironment()
    .fromArray<Reading>([])
    .assignTimestamps((r) => r.time, noWatermarks())
    .keyBy((r) => r.bed)
  const fn = keyedProcess<Reading, number>()({ processRecord: (r, ctx) => ctx.emit(r.time) })
  expectTypeOf(beds.process(fn, { perKeyWatermarks: { maxDelay: '5s', idleAfter: '1m' } })).toEqualTypeOf<
    DataStream<number>
  >()
  expectTypeOf<PerKeyWatermarks['maxDelay']>().toEqualTypeOf<number | string>()
  // @ts-expect-error how far behind a record may be has to be said
  const withoutDelay = () => beds.process(fn, { perKeyWatermarks: { idleAfter: '1m' } })
  expectTypeOf(withoutDelay).toBeFunction()
})
