import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { compareKeys } from '../elements/key.ts'
import { KeyTable } from '../state/backends/heap/key-table.ts'
import { TimerQueue } from './timer-queue.ts'

const operation = fc.record({
  what: fc.constantFrom('register', 'register', 'replace', 'replace', 'delete', 'cancel', 'fire', 'apart', 'back'),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  name: fc.constantFrom('', 'x', 'y'),
  time: fc.integer({ min: 0, max: 15 }),
})

it('fires what a sorted list would, in the order of time, key and name, and keys that stand apart by themselves', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const keys = new KeyTable()
      const queue = new TimerQueue(keys)
      let model: { key: string; name: string; time: number }[] = []
      // A key that stands apart is kept by whoever set it there.
      const apart = new Map<string, number>()
      for (const { what, key, name, time } of operations) {
        keys.setCurrentKey(key)
        switch (what) {
          case 'register':
            queue.register(time, name)
            if (!model.some((t) => t.key === key && t.name === name && t.time === time)) model.push({ key, name, time })
            break
          case 'replace':
            queue.replace(name, time)
            model = [...model.filter((t) => t.key !== key || t.name !== name), { key, name, time }]
            break
          case 'delete':
            queue.delete(time, name)
            model = model.filter((t) => t.key !== key || t.name !== name || t.time !== time)
            break
          case 'cancel':
            queue.cancel(name)
            model = model.filter((t) => t.key !== key || t.name !== name)
            break
          case 'apart': {
            if (apart.has(key)) break
            const slot = keys.ensureSlot()
            keys.retain(slot)
            queue.setApart(slot)
            apart.set(key, slot)
            break
          }
          case 'back': {
            const slot = apart.get(key)
            if (slot === undefined) break
            queue.putBack(slot)
            keys.release(slot)
            apart.delete(key)
            break
          }
          case 'fire': {
            model.sort((a, b) => a.time - b.time || compareKeys(a.key, b.key) || (a.name < b.name ? -1 : 1))
            for (const own of [undefined, ...apart.keys()]) {
              const isOf = (t: { key: string }): boolean => (own === undefined ? !apart.has(t.key) : t.key === own)
              const due = model.filter((t) => isOf(t) && t.time <= time)
              model = model.filter((t) => !isOf(t) || t.time > time)
              const slot = own === undefined ? undefined : (apart.get(own) as number)
              const pop = () => (slot === undefined ? queue.popDue(time) : queue.popDueOf(slot, time))
              const fired = []
              for (let t = pop(); t !== undefined; t = pop()) fired.push({ key: t.key, name: t.name, time: t.time })
              expect(fired).toEqual(due)
            }
          }
        }
        const first = Math.min(...model.filter((t) => !apart.has(t.key)).map((t) => t.time))
        expect(queue.dueNotBefore).toBeLessThanOrEqual(first)
        expect(queue.nextDue()).toBe(first)
        for (const [own, slot] of apart) {
          expect(queue.nextDueOf(slot)).toBe(Math.min(...model.filter((t) => t.key === own).map((t) => t.time)))
        }
        expect(queue.size).toBe(model.length)
        expect([...queue.timers()].length).toBe(model.length)
        expect(keys.keyCount).toBe(new Set([...model.map((t) => t.key), ...apart.keys()]).size)
      }
    }),
    { numRuns: propertyRuns(2) },
  )
})

it('refuses a time at which it could never fire', () => {
  const keys = new KeyTable()
  keys.setCurrentKey('a')
  for (const time of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    expect(() => new TimerQueue(keys).register(time)).toThrow('CORE_TIMESTAMP_INVALID')
    expect(() => new TimerQueue(keys).replace('x', time)).toThrow('CORE_TIMESTAMP_INVALID')
  }
})
