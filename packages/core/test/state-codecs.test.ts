import { deserialize, serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { max } from '../src/functions/aggregates/max.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { HeapBackend } from '../src/state/backends/heap/heap-backend.ts'
import type { Codec } from '../src/state/codec.ts'
import {
  aggregatingState,
  broadcastState,
  listState,
  mapState,
  operatorListState,
  reducingState,
  valueState,
} from '../src/state/descriptors.ts'
import { OperatorStates } from '../src/state/operator-states.ts'
import { StateClock } from '../src/state/state-clock.ts'

/** Temperatures: version 1 wrote degrees Fahrenheit, version 2 writes Celsius. */
function celsius(version: number, name = 'temperature'): Codec<number> {
  return {
    name,
    version,
    encode: (degrees) => new TextEncoder().encode(String(degrees)),
    decode(bytes, written) {
      const n = Number(new TextDecoder().decode(bytes))
      if (written > 2 || Number.isNaN(n)) throw new Error('not a temperature')
      return written === 1 && version === 2 ? ((n - 32) * 5) / 9 : n
    },
  }
}

const sum = { create: () => 0, add: (total: number, n: number) => total + n, result: (total: number) => total }
const ttl = { after: 1_000, domain: 'processing-time' } as const

function keyed(backend: HeapBackend, codec: Codec<number>) {
  return {
    value: backend.value('value', valueState({ codec })),
    list: backend.list('list', listState({ codec })),
    map: backend.map('map', mapState<string, number>({ codec })),
    reducing: backend.reducing(
      'reducing',
      reducingState((a: number, b: number) => a + b, { codec }),
    ),
    aggregating: backend.aggregating('aggregating', aggregatingState(sum, { codec })),
    forgetting: backend.value('forgetting', valueState({ codec, ttl })),
    forgettingList: backend.list('forgetting list', listState({ codec, ttl })),
    forgettingMap: backend.map('forgetting map', mapState<string, number>({ codec, ttl })),
    panes: backend.panes('panes', codec),
  }
}

const at = (now: number): StateClock => new StateClock(() => now)

function written(codec: Codec<number>): HeapBackend {
  const backend = new HeapBackend('step', 8, undefined, at(0))
  const states = keyed(backend, codec)
  backend.setCurrentKey('k')
  states.value.set(212)
  states.list.addAll([32, 212])
  states.map.put('a', 212)
  states.reducing.add(212)
  states.aggregating.add(212)
  states.forgetting.set(212)
  states.forgettingList.add(212)
  states.forgettingMap.put('a', 212)
  states.panes.getOrCreate(-5).set(backend.ensureSlot(), 212)
  states.panes.getOrCreate(7).set(backend.ensureSlot(), 32)
  return backend
}

describe('a codec', () => {
  it('of the next version reads what the one before has written, in every kind of state and namespace', () => {
    const backend = new HeapBackend('step', 8, structuredClone(written(celsius(1)).snapshot()), at(0))
    const states = keyed(backend, celsius(2))
    backend.checkAllClaimed()
    backend.setCurrentKey('k')
    expect(states.value.get()).toBe(100)
    expect(states.list.get()).toEqual([0, 100])
    expect([...states.map.entries()]).toEqual([['a', 100]])
    expect(states.reducing.get()).toBe(100)
    expect(states.aggregating.get()).toBe(100)
    expect(states.forgetting.get()).toBe(100)
    expect(states.forgettingList.get()).toEqual([100])
    expect([...states.forgettingMap.entries()]).toEqual([['a', 100]])
    expect(states.panes.namespaces()).toEqual([-5, 7])
    expect(states.panes.get(-5)?.accumulators[backend.currentSlot]).toBe(100)
    expect(states.panes.get(7)?.accumulators[backend.currentSlot]).toBe(0)
    // What no write has touched stands in the next checkpoint as version 1 wrote it, and is read as such again.
    const again = new HeapBackend('step', 8, structuredClone(backend.snapshot()), at(0))
    const untouched = keyed(again, celsius(2))
    again.setCurrentKey('k')
    expect(untouched.value.get()).toBe(100)
    // A write packs the key's group anew, all of it in version 2.
    untouched.value.set(5)
    const rewritten = new HeapBackend('step', 8, structuredClone(again.snapshot()), at(0))
    const read = keyed(rewritten, celsius(2))
    rewritten.setCurrentKey('k')
    expect(read.value.get()).toBe(5)
    expect(read.list.get()).toEqual([0, 100])
  })

  it('may come to a state that was written without one', () => {
    const before = new HeapBackend('step', 8)
    before.setCurrentKey('k')
    before.value('n', valueState<number>()).set(7)
    const after = new HeapBackend('step', 8, before.snapshot())
    after.setCurrentKey('k')
    expect(after.value('n', valueState({ codec: celsius(2) })).get()).toBe(7)
  })

  const refusal = (claim: (backend: HeapBackend) => unknown): string => {
    const before = new HeapBackend('step', 8)
    before.setCurrentKey('k')
    before.value('n', valueState({ codec: celsius(2) })).set(7)
    try {
      claim(new HeapBackend('step', 8, before.snapshot()))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  it.each([
    [
      'is gone',
      (b: HeapBackend) => b.value('n', valueState<number>()),
      "state 'n' of step 'step' was written with codec 'temperature', version 2, and is declared without a codec",
    ],
    [
      'has another name',
      (b: HeapBackend) => b.value('n', valueState({ codec: celsius(2, 'heat') })),
      "state 'n' of step 'step' was written with codec 'temperature', version 2, and is declared with 'heat'",
    ],
    [
      'is older',
      (b: HeapBackend) => b.value('n', valueState({ codec: celsius(1) })),
      "state 'n' of step 'step' was written with codec 'temperature', version 2, and is declared with version 1, which is older",
    ],
    [
      'cannot read it',
      (b: HeapBackend) =>
        b.value(
          'n',
          valueState({
            codec: {
              ...celsius(3),
              decode: () => {
                throw new Error('no')
              },
            },
          }),
        ),
      "state 'n' of step 'step': codec 'temperature', version 3, cannot read version 2",
    ],
    [
      'stands at a state of another kind',
      (b: HeapBackend) =>
        b.reducing(
          'n',
          reducingState((a: number) => a, { codec: celsius(2) }),
        ),
      "state 'n' of step 'step' is declared as reducing and was value",
    ],
    [
      'stands at a state that has a TTL now',
      (b: HeapBackend) => b.value('n', valueState({ codec: celsius(2), ttl })),
      "state 'n' of step 'step' was written with no TTL, and has a TTL in processing-time now",
    ],
  ])('that %s is refused by step and state', (_what, claim, message) => {
    expect(refusal(claim)).toContain(message)
    expect(refusal(claim)).toContain('CORE_STATE_INCOMPATIBLE')
  })
})

it('accumulators of another aggregate are refused by step and state', () => {
  const before = new HeapBackend('step', 16)
  before.setCurrentKey('bed')
  before.aggregating('a', aggregatingState(min((n: number) => n))).add(5)
  const snapshot = before.snapshot()
  const restored = (): HeapBackend => new HeapBackend('step', 16, snapshot)
  expect(() => restored().aggregating('a', aggregatingState(max((n: number) => n)))).toThrow(
    "state 'a' of step 'step' was written by aggregate min, and is declared with max (CORE_STATE_INCOMPATIBLE)",
  )
  const after = restored()
  const state = after.aggregating('a', aggregatingState(min((n: number) => n)))
  after.setCurrentKey('bed')
  expect(state.get()).toBe(5)
})

describe('operator state', () => {
  it('is written by codecs too, and read in a later version', () => {
    const before = new OperatorStates('step')
    before.list('list', operatorListState({ codec: celsius(1) })).addAll([32, 212])
    before.broadcast('map', broadcastState<string, number>({ codec: celsius(1) })).put('a', 212)
    before.list<number>('plain').add(1)
    const snapshot = deserialize(serialize(before.snapshot())) as ReturnType<OperatorStates['snapshot']>
    expect(snapshot.lists.list?.[0]).toBeInstanceOf(Uint8Array)
    const after = new OperatorStates('step', snapshot)
    expect(after.list('list', operatorListState({ codec: celsius(2) })).get()).toEqual([0, 100])
    expect(after.broadcast('map', broadcastState<string, number>({ codec: celsius(2) })).get('a')).toBe(100)
    after.checkAllClaimed()
    expect(after.snapshot().codecs).toEqual({
      list: { name: 'temperature', version: 2 },
      map: { name: 'temperature', version: 2 },
    })
    expect(after.snapshot().lists.plain).toEqual([1])
  })

  it('keeps the order of its entries', () => {
    const before = new OperatorStates('step')
    const map = before.broadcast('map', broadcastState<string, number>())
    for (const key of ['c', 'a', 'b']) map.put(key, 1)
    map.put('b', 2)
    map.remove('a')
    map.put('a', 3)
    const after = new OperatorStates('step', structuredClone(before.snapshot()))
    expect([...after.broadcast('map', broadcastState<string, number>()).entries()]).toEqual([
      ['c', 1],
      ['b', 2],
      ['a', 3],
    ])
  })

  it('refuses by name what is not declared any more, or is another kind', () => {
    const before = new OperatorStates('step')
    before.broadcast('rules', broadcastState<string, number>()).put('a', 1)
    const snapshot = before.snapshot()
    expect(() => new OperatorStates('step', snapshot).checkAllClaimed()).toThrow(
      "a broadcast state 'rules' for step 'step', which declares none of that name",
    )
    expect(() => new OperatorStates('step', snapshot).list('rules')).toThrow("state 'rules' of step 'step'")
  })
})

it('reads what was written in format 1, and refuses a format of later', () => {
  const backend = new HeapBackend('step', 8)
  backend.setCurrentKey('k')
  backend.value('n', valueState<number>()).set(7)
  const snapshot = backend.snapshot()
  expect(snapshot.format).toBe(2)
  const restored = new HeapBackend('step', 8, { ...snapshot, format: 1 })
  restored.setCurrentKey('k')
  expect(restored.value('n', valueState<number>()).get()).toBe(7)
  expect(() => new HeapBackend('step', 8, { ...snapshot, format: 3 as never })).toThrow(
    "step 'step' has keyed state in format 3, this version reads 1 and 2",
  )
})

it('a TTL goes on where the checkpoint left it, also where it is longer now', () => {
  const before = new HeapBackend('step', 8, undefined, at(100))
  before.setCurrentKey('k')
  before.value('n', valueState<number>({ ttl })).set(7)
  const restoredAt = (now: number, after: number): number | undefined => {
    const backend = new HeapBackend('step', 8, before.snapshot(), at(now))
    const state = backend.value('n', valueState<number>({ ttl: { ...ttl, after } }))
    backend.setCurrentKey('k')
    return state.get()
  }
  expect(restoredAt(1_099, 1_000)).toBe(7)
  expect(restoredAt(1_100, 1_000)).toBeUndefined()
  expect(restoredAt(1_100, 1_001)).toBe(7)
})

it('refuses descriptors that cannot be', () => {
  expect(() => valueState({ ttl: { after: 0, domain: 'event-time' } })).toThrow("a state's ttl.after was 0")
  expect(() => valueState({ ttl: { after: '1x', domain: 'event-time' } })).toThrow('CORE_DURATION_INVALID')
  expect(() => listState({ ttl: { after: 1, domain: 'eventTime' as never } })).toThrow(
    'a state\'s ttl.domain was "eventTime"',
  )
  expect(() => mapState({ ttl: { after: 1, domain: 'event-time', refresh: 'read' as never } })).toThrow(
    'a state\'s ttl.refresh was "read"',
  )
  expect(() => reducingState(undefined as never)).toThrow('a reducing state was given undefined, not a function')
  expect(() => aggregatingState({ create: () => 0 } as never)).toThrow('CORE_AGGREGATE_INVALID')
})

it('a processing-time TTL needs a clock that has a time', () => {
  const backend = new HeapBackend('step', 8)
  const state = backend.value('n', valueState<number>({ ttl }))
  backend.setCurrentKey('k')
  expect(() => state.set(1)).toThrow(
    "state 'n' has a TTL in processing time, and was written where the job's clock has no time",
  )
})
