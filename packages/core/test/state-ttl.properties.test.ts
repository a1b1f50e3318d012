import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeapBackend } from '../src/state/backends/heap/heap-backend.ts'
import { aggregatingState, listState, mapState, reducingState, valueState } from '../src/state/descriptors.ts'
import { StateClock } from '../src/state/state-clock.ts'
import type { StateTtl } from '../src/state/ttl.ts'
import { propertyRuns } from './property-runs.ts'

// What this family catches: an entry that is returned after its time, or lost before it; an order of entries that depends on when
// they are swept; what a snapshot, taken anywhere, forgets or brings back; keys that are never freed.
// What it cannot: how long a sweep takes.

const AFTER = 20

interface Entry {
  readonly key: string | number
  value: number
  stamp: number
}

/** Every state as a list of stamped entries, looked through from the start each time. */
class Model {
  readonly #entries = new Map<string, Entry[]>()

  held(key: string, state: string, now: number): Entry[] {
    const held = (this.#entries.get(`${key}/${state}`) ?? []).filter(({ stamp }) => !(now - stamp >= AFTER))
    this.#entries.set(`${key}/${state}`, held)
    return held
  }

  write(key: string, state: string, entry: Entry, now: number): void {
    const held = this.held(key, state, now)
    const before = held.find((e) => e.key === entry.key)
    if (before === undefined) held.push(entry)
    else {
      before.value = entry.value
      before.stamp = Math.max(before.stamp, entry.stamp)
    }
  }

  remove(key: string, state: string, entryKey: string | number | undefined): void {
    const held = this.#entries.get(`${key}/${state}`) ?? []
    this.#entries.set(`${key}/${state}`, entryKey === undefined ? [] : held.filter((entry) => entry.key !== entryKey))
  }

  read(key: string, state: string, now: number, refreshed: number | undefined): Entry[] {
    const held = this.held(key, state, now)
    if (refreshed !== undefined) for (const entry of held) entry.stamp = Math.max(entry.stamp, refreshed)
    return held
  }
}

const sum = { create: () => 0, add: (total: number, n: number) => total + n, result: (total: number) => total }

function states(backend: HeapBackend, ttl: StateTtl) {
  return {
    value: backend.value('value', valueState<number>({ ttl })),
    list: backend.list('list', listState<number>({ ttl })),
    map: backend.map('map', mapState<string, number>({ ttl })),
    highest: backend.reducing(
      'highest',
      reducingState((a: number, b: number) => Math.max(a, b), { ttl }),
    ),
    total: backend.aggregating('total', aggregatingState(sum, { ttl })),
  }
}

const keys = ['a', 'b', 'c', 'd', 'e'] as const
const step = fc.record({
  what: fc.constantFrom(
    ...(['set', 'clear value', 'add', 'update', 'clear list', 'put', 'put', 'remove', 'reduce', 'aggregate'] as const),
    ...(['read value', 'read list', 'read map', 'read entry', 'size', 'read highest', 'read total'] as const),
    ...(['advance', 'advance', 'advance', 'snapshot', 'restore'] as const),
  ),
  key: fc.constantFrom(...keys),
  n: fc.integer({ min: 0, max: 4 }),
  /** How far the clock goes, or how old the record is. */
  ms: fc.oneof(fc.integer({ min: 0, max: 7 }), fc.constantFrom(0, AFTER - 1, AFTER, AFTER + 1, 3 * AFTER)),
})

const origins = fc.constantFrom(0, -1_000_000, 1_700_000_000_000, 8_640_000_000_000_000 - 10_000)

function agrees(domain: StateTtl['domain'], refresh: 'write' | 'read-and-write', origin: number, steps: Steps): void {
  let now = origin
  const ttl: StateTtl = { after: AFTER, domain, refresh }
  const clockAt = (): StateClock => {
    const clock = new StateClock(() => (domain === 'processing-time' ? now : 0))
    clock.reach(domain === 'event-time' ? now : 0)
    return clock
  }
  let backend = new HeapBackend('step', 2, undefined, clockAt())
  let state = states(backend, ttl)
  const model = new Model()
  let n = 0
  for (const { what, key, n: value, ms } of steps) {
    backend.setCurrentKey(key)
    // In event time a record may be older than the watermark, and is stamped with its own time.
    const stamp = domain === 'event-time' ? now + 5 - ms : now
    backend.clock.timestamp = stamp
    const refreshed = refresh === 'read-and-write' ? stamp : undefined
    const read = (name: string): Entry[] => model.read(key, name, now, refreshed)
    switch (what) {
      case 'set':
        state.value.set(value)
        model.write(key, 'value', { key: 0, value, stamp }, now)
        break
      case 'clear value':
        state.value.clear()
        model.remove(key, 'value', undefined)
        break
      case 'add':
        state.list.add(value)
        model.write(key, 'list', { key: n++, value, stamp }, now)
        break
      case 'update':
        state.list.update([value, value + 1])
        model.remove(key, 'list', undefined)
        for (const v of [value, value + 1]) model.write(key, 'list', { key: n++, value: v, stamp }, now)
        break
      case 'clear list':
        state.list.clear()
        model.remove(key, 'list', undefined)
        break
      case 'put':
        state.map.put(`e${value}`, n)
        model.write(key, 'map', { key: `e${value}`, value: n++, stamp }, now)
        break
      case 'remove':
        state.map.remove(`e${value}`)
        model.remove(key, 'map', `e${value}`)
        break
      case 'reduce': {
        const [held] = read('highest')
        model.write(key, 'highest', { key: 0, value: Math.max(held?.value ?? 0, value), stamp }, now)
        state.highest.add(value)
        break
      }
      case 'aggregate': {
        const [held] = read('total')
        model.write(key, 'total', { key: 0, value: (held?.value ?? 0) + value, stamp }, now)
        state.total.add(value)
        break
      }
      case 'read value':
        expect(state.value.get()).toBe(read('value')[0]?.value)
        break
      case 'read list':
        expect(state.list.get()).toEqual(read('list').map((entry) => entry.value))
        break
      case 'read map':
        expect([...state.map.entries()]).toEqual(read('map').map((entry) => [entry.key, entry.value]))
        break
      case 'read entry': {
        const held = model.held(key, 'map', now).find((entry) => entry.key === `e${value}`)
        expect(state.map.get(`e${value}`)).toBe(held?.value)
        expect(state.map.has(`e${value}`)).toBe(held !== undefined)
        if (held !== undefined && refreshed !== undefined) held.stamp = Math.max(held.stamp, refreshed)
        break
      }
      case 'size':
        expect(state.map.size).toBe(model.held(key, 'map', now).length)
        break
      case 'read highest':
        expect(state.highest.get()).toBe(read('highest')[0]?.value)
        break
      case 'read total':
        expect(state.total.get()).toBe(read('total')[0]?.value)
        break
      case 'advance':
        now += ms
        if (domain === 'event-time') backend.clock.reach(now)
        break
      case 'snapshot':
        backend.snapshot()
        break
      case 'restore':
        backend = new HeapBackend('step', 2, structuredClone(backend.snapshot()), clockAt())
        state = states(backend, ttl)
        backend.checkAllClaimed()
    }
  }
  backend.clock.timestamp = now
  for (const key of keys) {
    backend.setCurrentKey(key)
    expect(state.value.get()).toBe(model.held(key, 'value', now)[0]?.value)
    expect([...state.list.get()]).toEqual(model.held(key, 'list', now).map((entry) => entry.value))
    expect([...state.map.values()]).toEqual(model.held(key, 'map', now).map((entry) => entry.value))
  }
  // All of it is old enough, and no key comes again: nothing is left, neither here nor in a checkpoint.
  now += 2 * AFTER
  if (domain === 'event-time') backend.clock.reach(now)
  const snapshot = backend.snapshot()
  expect(backend.keyCount).toBe(0)
  expect(snapshot.groups.size).toBe(0)
}

type Steps = readonly { what: string; key: string; n: number; ms: number }[]

describe.each(['processing-time', 'event-time'] as const)('a TTL in %s', (domain) => {
  it.each(['write', 'read-and-write'] as const)('refreshed by %s agrees with stamped lists', (refresh) => {
    fc.assert(
      fc.property(origins, fc.array(step, { maxLength: 60, size: 'max' }), (origin, steps) =>
        agrees(domain, refresh, origin, steps),
      ),
      { numRuns: propertyRuns() },
    )
  })
})

it('frees keys that never come again while others do, without a checkpoint', () => {
  let now = 0
  const backend = new HeapBackend('step', 128, undefined, new StateClock(() => now))
  const seen = backend.map('seen', mapState<string, number>({ ttl: { after: 1_000, domain: 'processing-time' } }))
  let most = 0
  for (let i = 0; i < 50_000; i++) {
    now += 1
    backend.setCurrentKey(`key-${i}`)
    seen.put('entry', i)
    most = Math.max(most, backend.keyCount)
  }
  // A thousand are alive; a sixteenth more may wait to be swept, and what one access does not get to.
  expect(most).toBeLessThan(1_200)
})

it('sweeps a little at each access where very many have expired at once', () => {
  let now = 0
  const backend = new HeapBackend('step', 128, undefined, new StateClock(() => now))
  const value = backend.value('n', valueState<number>({ ttl: { after: 1_000, domain: 'processing-time' } }))
  for (let i = 0; i < 10_000; i++) {
    backend.setCurrentKey(i)
    value.set(i)
  }
  now = 5_000
  backend.setCurrentKey('one more')
  value.set(1)
  expect(backend.keyCount).toBeGreaterThan(9_900)
  for (let i = 0; i < 400; i++) value.set(i)
  expect(backend.keyCount).toBe(1)
})

it('an entry that is written again after its time comes last, whether it was swept or not', () => {
  let now = 0
  const backend = new HeapBackend('step', 2, undefined, new StateClock(() => now))
  const map = backend.map('map', mapState<string, number>({ ttl: { after: 160, domain: 'processing-time' } }))
  backend.setCurrentKey('k')
  map.put('a', 1)
  now = 5
  map.put('b', 2)
  // Due, but not past the end of the bucket in which it is looked at.
  now = 161
  map.put('a', 3)
  expect([...map.entries()]).toEqual([
    ['b', 2],
    ['a', 3],
  ])
})

it('what a read made young again stands so in the next checkpoint', () => {
  let now = 0
  const ttl = { after: 100, domain: 'processing-time', refresh: 'read-and-write' } as const
  const open = (before?: HeapBackend): HeapBackend =>
    new HeapBackend('step', 2, before === undefined ? undefined : before.snapshot(), new StateClock(() => now))
  const declare = (backend: HeapBackend) => {
    backend.setCurrentKey('k')
    return {
      value: backend.value('value', valueState<number>({ ttl })),
      list: backend.list('list', listState<number>({ ttl })),
      map: backend.map('map', mapState<string, number>({ ttl })),
    }
  }
  for (const read of ['value', 'list', 'map'] as const) {
    now = 0
    const backend = open()
    const states = declare(backend)
    states.value.set(1)
    states.list.add(1)
    states.map.put('a', 1)
    backend.snapshot()
    now = 60
    backend.setCurrentKey('k')
    if (read === 'map') states.map.get('a')
    else states[read].get()
    const restored = open(backend)
    now = 120
    const { value, list, map } = declare(restored)
    const held = { value: value.get() !== undefined, list: list.get().length > 0, map: map.has('a') }
    expect(held).toEqual({ value: read === 'value', list: read === 'list', map: read === 'map' })
  }
})
