import { expect, it } from 'vitest'
import { createEnvironment, processFunction } from '../index.ts'

it('a step shows its counters, gauges and histograms by name', async () => {
  const measured = processFunction<number, number>()({
    open: (ctx) => ctx.metrics.gauge('limit').set(3),
    processRecord(n, ctx) {
      ctx.metrics.counter('seen').add(1)
      ctx.metrics.gauge('last').set(n)
      ctx.metrics.histogram('size').record(n)
    },
  })
  const env = createEnvironment()
  env.fromArray([2, 4, 8]).process(measured, { id: 'measured' }).print()
  const { metrics } = await env.execute()
  const step = metrics.steps.find(({ id }) => id === 'measured')
  expect(step?.counters.seen).toBe(3)
  expect(step?.gauges).toEqual({ limit: 3, last: 8 })
  expect(step?.histograms.size).toMatchObject({ count: 3, min: 2, max: 8, invalid: 0 })
})
