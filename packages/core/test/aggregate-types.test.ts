import { expectTypeOf, it } from 'vitest'
import {
  approximateCountDistinct,
  approximateQuantile,
  collect,
  collectSet,
  correlation,
  count,
  countDistinct,
  covariance,
  createEnvironment,
  first,
  kurtosis,
  last,
  max,
  mean,
  median,
  min,
  mode,
  quantile,
  skewness,
  slope,
  standardDeviation,
  sum,
  timeWeightedMean,
  topN,
  tumblingEventTimeWindows,
  variance,
} from '../src/index.ts'

interface Reading {
  readonly bed: string
  readonly rate: number | null
  readonly spo2: number
  readonly state: 'awake' | 'asleep'
}

it('each aggregate of a window reads its record without an annotation, and has a type of its own', () => {
  createEnvironment()
    .fromArray<Reading>([])
    .keyBy((r) => r.bed)
    .window(tumblingEventTimeWindows('1m'))
    .aggregate({
      readings: count(),
      present: count((r) => r.rate),
      total: sum((r) => r.rate),
      average: mean((r) => r.rate),
      lowest: min((r) => r.spo2),
      highest: max((r) => r.spo2),
      oldest: first((r) => r.state),
      newest: last((r) => r.rate),
      spread: variance((r) => r.rate),
      deviation: standardDeviation((r) => r.rate, { population: true }),
      lean: skewness((r) => r.rate),
      tails: kurtosis((r) => r.rate),
      together: covariance(
        (r) => r.rate,
        (r) => r.spo2,
      ),
      related: correlation(
        (r) => r.rate,
        (r) => r.spo2,
      ),
      trend: slope((r) => r.rate, { per: '1m' }),
      middle: median((r) => r.rate),
      top: quantile((r) => r.rate, 0.95),
      both: quantile((r) => r.rate, [0.05, 0.95]),
      near: approximateQuantile((r) => r.rate, 0.5),
      states: countDistinct((r) => r.state),
      about: approximateCountDistinct((r) => r.bed, { precision: 10 }),
      usual: mode((r) => r.state),
      seen: collectSet((r) => r.state),
      held: timeWeightedMean((r) => r.rate),
    })
    .map((result) => {
      expectTypeOf(result.readings).toEqualTypeOf<number>()
      expectTypeOf(result.present).toEqualTypeOf<number>()
      expectTypeOf(result.total).toEqualTypeOf<number>()
      expectTypeOf(result.average).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.lowest).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.highest).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.oldest).toEqualTypeOf<'awake' | 'asleep' | undefined>()
      expectTypeOf(result.newest).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.spread).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.deviation).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.lean).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.tails).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.together).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.related).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.trend).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.middle).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.top).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.both).toEqualTypeOf<number[] | undefined>()
      expectTypeOf(result.near).toEqualTypeOf<number | undefined>()
      expectTypeOf(result.states).toEqualTypeOf<number>()
      expectTypeOf(result.about).toEqualTypeOf<number>()
      expectTypeOf(result.usual).toEqualTypeOf<'awake' | 'asleep' | undefined>()
      expectTypeOf(result.seen).toEqualTypeOf<('awake' | 'asleep')[]>()
      expectTypeOf(result.held).toEqualTypeOf<number | undefined>()
      return result
    })
})

it('lists keep the type of what they list', () => {
  const best = topN(2, { by: (r: Reading) => r.spo2 })
  expectTypeOf(best.result(best.create())).toEqualTypeOf<Reading[]>()
  const states = collect((r: Reading) => r.state)
  expectTypeOf(states.result(states.create())).toEqualTypeOf<('awake' | 'asleep')[]>()
})
