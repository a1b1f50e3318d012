import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimerQueue, type WardTimer } from './timer-queue.ts'

const patient = fc.constantFrom('p1', 'p2', 'p10')
const name = fc.constantFrom('due', 'silence')
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ patient, name, time: fc.nat({ max: 30 }), times: fc.constantFrom(1, 1, 2_100) }),
  },
  { weight: 1, arbitrary: fc.record({ forget: patient, name }) },
  { weight: 2, arbitrary: fc.record({ take: fc.nat({ max: 30 }) }) },
)
const sorted = (timers: Iterable<WardTimer>) =>
  [...timers].sort(
    (a, b) =>
      a.time - b.time ||
      (a.patientId === b.patientId ? (a.name < b.name ? -1 : 1) : a.patientId < b.patientId ? -1 : 1),
  )

it('gives the timer of each patient and name that was set last, the earliest first, however often they were set', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = new TimerQueue()
      const model = new Map<string, WardTimer>()
      for (const one of steps) {
        if ('times' in one) {
          for (let i = one.times - 1; i >= 0; i--) queue.replace(one.patient, one.name, one.time + i)
          const timer = { patientId: one.patient, name: one.name, time: one.time }
          model.set(`${one.patient} ${one.name}`, timer)
        } else if ('forget' in one) {
          queue.forget(one.forget, [one.name])
          model.delete(`${one.forget} ${one.name}`)
        } else {
          for (let timer = queue.take(one.take); timer !== undefined; timer = queue.take(one.take)) {
            expect(timer).toEqual(sorted(model.values())[0])
            model.delete(`${timer.patientId} ${timer.name}`)
          }
          for (const { time } of model.values()) expect(time).toBeGreaterThan(one.take)
        }
        const left = new Map(queue.timers().map((timer) => [`${timer.patientId} ${timer.name}`, timer]))
        expect(sorted(left.values())).toEqual(sorted(model.values()))
        expect(queue.next).toBe(sorted(model.values())[0]?.time ?? Infinity)
      }
    }),
    { numRuns: 100 },
  )
})

it('holds no more than a bound of those that were replaced by others', () => {
  const queue = new TimerQueue()
  for (let i = 0; i < 100_000; i++) queue.replace('p1', 'due', 1e9 - (i % 2))
  expect(queue.timers().length).toBeLessThan(2_000)
  expect(queue.take(1e9)).toEqual({ patientId: 'p1', name: 'due', time: 1e9 - 1 })
  expect(queue.take(1e9)).toBeUndefined()
})
