import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Codec } from '../../codec.ts'
import { listState, mapState, valueState } from '../../descriptors.ts'
import { OperatorStates } from '../../operator-states.ts'
import { HeapBackend } from './heap-backend.ts'

function states(backend: HeapBackend) {
  return {
    value: backend.value('value', valueState<number>()),
    list: backend.list('list', listState<number>()),
    map: backend.map('map', mapState<string, number>()),
    panes: backend.panes<number>('panes'),
  }
}

interface Model {
  value: number | undefined
  list: number[]
  map: Map<string, number>
  panes: Map<number, number>
}

const operation = fc.record({
  what: fc.constantFrom('set', 'clear', 'add', 'update', 'put', 'remove', 'pane', 'drop pane', 'timer', 'restore'),
  key: fc.integer({ min: 0, max: 11 }),
  n: fc.integer({ min: 0, max: 3 }),
})

it('holds what a map of maps would, also when it is restored between any two writes', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      // Two key groups for twelve keys: most share theirs.
      let backend = new HeapBackend('step', 2)
      let state = states(backend)
      const model = new Map<number, Model>()
      const timers = new Set<string>()
      for (const { what, key, n } of operations) {
        const own: Model = model.get(key) ?? { value: undefined, list: [], map: new Map(), panes: new Map() }
        model.set(key, own)
        backend.setCurrentKey(key)
        if (what === 'set') {
          state.value.set(n)
          own.value = n
        } else if (what === 'clear') {
          state.value.clear()
          own.value = undefined
        } else if (what === 'add') {
          state.list.add(n)
          own.list.push(n)
        } else if (what === 'update') {
          state.list.update(n === 0 ? [] : [n])
          own.list = n === 0 ? [] : [n]
        } else if (what === 'put') {
          state.map.put(`e${n}`, n)
          own.map.set(`e${n}`, n)
        } else if (what === 'remove') {
          state.map.remove(`e${n}`)
          own.map.delete(`e${n}`)
        } else if (what === 'pane') {
          const slot = backend.ensureSlot()
          state.panes.getOrCreate(n).set(slot, key)
          own.panes.set(n, key)
        } else if (what === 'drop pane') {
          state.panes.remove(n)
          for (const other of model.values()) other.panes.delete(n)
        } else if (what === 'timer') {
          backend.timers.eventTime.register(n)
          timers.add(`${key}@${n}`)
        } else {
          backend = new HeapBackend('step', 2, structuredClone(backend.snapshot()))
          state = states(backend)
          backend.checkAllClaimed()
        }
        for (const [k, expected] of model) {
          backend.setCurrentKey(k)
          expect(state.value.get()).toBe(expected.value)
          expect(state.list.get()).toEqual(expected.list)
          expect([...state.map.entries()].sort()).toEqual([...expected.map].sort())
          for (const [namespace, cell] of expected.panes) {
            expect(state.panes.get(namespace)?.accumulators[backend.currentSlot]).toBe(cell)
          }
        }
        const held = [...model].filter(([k, m]) => {
          const hasTimer = [...timers].some((timer) => timer.startsWith(`${k}@`))
          return m.value !== undefined || m.list.length + m.map.size + m.panes.size > 0 || hasTimer
        })
        expect(backend.keyCount).toBe(held.length)
      }
      const fired = new Set<string>()
      for (let t = backend.eventTimers.popDue(100); t !== undefined; t = backend.eventTimers.popDue(100)) {
        fired.add(`${t.key}@${t.time}`)
      }
      expect(fired).toEqual(timers)
    }),
    { numRuns: 1_000 },
  )
})

it('forgets for good a key that was restored and then cleared', () => {
  const before = new HeapBackend('step', 2)
  before.setCurrentKey('a')
  states(before).value.set(1)
  const restored = new HeapBackend('step', 2, structuredClone(before.snapshot()))
  restored.setCurrentKey('a')
  states(restored).value.clear()
  const after = new HeapBackend('step', 2, structuredClone(restored.snapshot()))
  after.setCurrentKey('a')
  expect(states(after).value.get()).toBeUndefined()
  expect(after.keyCount).toBe(0)
})

it('packs again only the key groups that a write has marked', () => {
  const backend = new HeapBackend('step', 128)
  const { value } = states(backend)
  for (const key of ['a', 'b', 'c', 'd']) {
    backend.setCurrentKey(key)
    value.set(1)
  }
  const first = backend.snapshot().groups
  backend.setCurrentKey('a')
  value.get()
  backend.setCurrentKey('b')
  value.set(2)
  const second = backend.snapshot().groups
  const changed = [...second].filter(([group, bytes]) => first.get(group) !== bytes)
  expect(changed).toHaveLength(1)
})

it('writes and reads by a codec, with the version that it finds', () => {
  const codec: Codec<number> = {
    name: 'decimal',
    version: 3,
    encode: (n) => new TextEncoder().encode(String(n)),
    decode: (bytes, version) => Number(new TextDecoder().decode(bytes)) * (version === 3 ? 1 : Number.NaN),
  }
  const backend = new HeapBackend('step', 8)
  const before = backend.value('n', valueState({ codec }))
  backend.setCurrentKey('k')
  before.set(42)
  const restored = new HeapBackend('step', 8, backend.snapshot())
  const after = restored.value('n', valueState({ codec }))
  restored.setCurrentKey('k')
  expect(after.get()).toBe(42)
  expect(restored.keyCount).toBe(1)
})

it('refuses by name a state that has changed its kind, lost its codec, or is not declared any more', () => {
  const backend = new HeapBackend('step', 8)
  backend.setCurrentKey('k')
  backend.value('total', valueState<number>()).set(1)
  const snapshot = backend.snapshot()
  expect(() => new HeapBackend('step', 8, snapshot).list('total', listState())).toThrow("state 'total' of step 'step'")
  expect(() => new HeapBackend('step', 8, snapshot).checkAllClaimed()).toThrow("a state 'total' for step 'step'")
  expect(() => new HeapBackend('step', 16, snapshot)).toThrow('CORE_STATE_INCOMPATIBLE')
})

it('adds a list to itself once', () => {
  const backend = new HeapBackend('step', 2)
  const lists = [
    backend.list('plain', listState<number>()),
    backend.list('expiring', listState<number>({ ttl: { after: 10, domain: 'event-time' } })),
    new OperatorStates('step').list<number>('own'),
  ]
  backend.setCurrentKey('a')
  backend.clock.timestamp = 0
  for (const list of lists) {
    list.addAll([1, 2])
    list.addAll(list.get())
    expect(list.get()).toEqual([1, 2, 1, 2])
  }
})
