import { deserialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import type { OperatorSnapshot } from '../src/checkpoint/checkpoint.ts'
import { MAX_WATERMARK } from '../src/elements/timestamp.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { max } from '../src/functions/aggregates/max.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import { variance } from '../src/functions/aggregates/variance.ts'
import type { SlicedWindows } from '../src/operators/windows/assigners/slice-scheme.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { sliceWindow } from '../src/operators/windows/slice-window.ts'
import { OperatorHost } from '../src/runtime/operator-host.ts'
import { HeapBackend } from '../src/state/backends/heap/heap-backend.ts'
import type { FlatLayout } from '../src/state/flat-panes.ts'
import { JobClock } from '../src/time/clock.ts'
import { FORMAT_1_SNAPSHOT } from './fixtures/format-1-snapshot.ts'
import { withoutFlatForm } from './without-flat-form.ts'

interface Reading {
  readonly key: string | number
  readonly value: number | null
}

const value = (r: Reading): number | null => r.value
const aggregates = {
  readings: count<Reading>(),
  total: sum(value),
  average: mean(value),
  lowest: min(value),
  highest: max(value),
  spread: variance(value),
}

function hostOf(
  restored: OperatorSnapshot | undefined,
  emitted: unknown[],
  windows: SlicedWindows = tumblingEventTimeWindows(10),
  asObjects = false,
): OperatorHost {
  const kept = asObjects ? withoutFlatForm(aggregates) : aggregates
  const factory = sliceWindow(windows, kept as typeof aggregates, { allowedLateness: 5 })
  const host = new OperatorHost(
    'window',
    factory as never,
    1,
    {
      place: { step: '' },
      clock: new JobClock(true, 0),
      maxParallelism: 128,
      pause: { shouldPause: () => false },
      unfinished: () => {},
    },
    restored,
  )
  host.output.connect([{ processRecord: (result) => emitted.push(result) }], new Map())
  host.forwardTo([])
  host.open()
  return host
}

describe('a snapshot in which accumulators were objects', () => {
  const restored = (): OperatorSnapshot => deserialize(Buffer.from(FORMAT_1_SNAPSHOT, 'base64')) as OperatorSnapshot

  it('goes on with the same numbers in cells, now and after another snapshot', () => {
    // Before the watermark of 11: a 0.1 and 0.2, and 7 and -2 in the next window; b infinity and -5; 7 twice the largest double,
    // and nothing; both infinities for both; nothing at all for none, in the next window.
    expect(restored().keyed?.format).toBe(1)
    const emitted: unknown[] = []
    const first = hostOf(restored(), emitted)
    first.prepareSnapshot(2)
    const second = hostOf({ ...first.snapshot() }, emitted)
    expect(first.snapshot().keyed?.format).toBe(2)
    const receiver = second.receiver((reading) => (reading as Reading).key)
    const late = (key: string | number, x: number | null): void => receiver.processRecord({ key, value: x }, 5)
    late('a', 0.3)
    late('b', 1)
    late(7, 0)
    late('both', 1)
    const window = { start: 0, end: 10 }
    const large = Number.MAX_VALUE
    expect(emitted).toEqual([
      {
        key: 'a',
        window,
        readings: 3,
        total: 0.6,
        average: 0.2,
        lowest: 0.1,
        highest: 0.3,
        spread: expect.closeTo(0.01, 12),
      },
      {
        key: 'b',
        window,
        readings: 3,
        total: Number.POSITIVE_INFINITY,
        average: Number.POSITIVE_INFINITY,
        lowest: -5,
        highest: Number.POSITIVE_INFINITY,
        spread: Number.NaN,
      },
      {
        key: 7,
        window,
        readings: 4,
        total: Number.POSITIVE_INFINITY,
        average: (large / 3) * 2,
        lowest: 0,
        highest: large,
        spread: Number.NaN,
      },
      {
        key: 'both',
        window,
        readings: 3,
        total: Number.NaN,
        average: Number.NaN,
        lowest: Number.NEGATIVE_INFINITY,
        highest: Number.POSITIVE_INFINITY,
        spread: Number.NaN,
      },
    ])
    emitted.length = 0
    second.advanceWatermark(0, MAX_WATERMARK)
    const next = { start: 10, end: 20 }
    expect(emitted).toEqual([
      { key: 'a', window: next, readings: 2, total: 5, average: 2.5, lowest: -2, highest: 7, spread: 40.5 },
      {
        key: 'none',
        window: next,
        readings: 1,
        total: 0,
        average: undefined,
        lowest: undefined,
        highest: undefined,
        spread: undefined,
      },
    ])
    expect(second.keyCount()).toBe(0)
  })
})

describe('a snapshot of windows that share slices', () => {
  it('in which accumulators were objects goes on with the same numbers in cells', () => {
    const windows = slidingEventTimeWindows(20, 5)
    const after = [false, true].map((asObjects) => {
      const emitted: unknown[] = []
      const first = hostOf(undefined, emitted, windows, true)
      const add = (host: OperatorHost, key: string, x: number, time: number): void =>
        host.receiver((reading) => (reading as Reading).key).processRecord({ key, value: x }, time)
      ;[0.1, 0.2, Number.MAX_VALUE, Number.MAX_VALUE, -7].forEach((x, i) => {
        add(first, 'a', x, i * 4)
      })
      add(first, 'b', Number.POSITIVE_INFINITY, 3)
      first.advanceWatermark(0, 11)
      first.prepareSnapshot(2)
      const host = hostOf({ ...first.snapshot() }, emitted, windows, asObjects)
      host.advanceWatermark(0, 11)
      add(host, 'a', 0.3, 8)
      add(host, 'b', 1, 12)
      host.advanceWatermark(0, MAX_WATERMARK)
      expect(host.keyCount()).toBe(0)
      return emitted
    })
    expect(after[0]).toHaveLength(14)
    expect(after[0]).toEqual(after[1])
  })
})

describe('flat panes', () => {
  const layout = (name: string): FlatLayout => ({ name, width: 2, create: () => {}, write: () => {} })
  const incompatible = (text: RegExp) =>
    expect.objectContaining({ code: 'CORE_STATE_INCOMPATIBLE', message: expect.stringMatching(text) })
  const written = (): HeapBackend => {
    const backend = new HeapBackend('step', 128)
    const pane = backend.flatPanes('cells', layout('x')).getOrCreate(-5)
    backend.setCurrentKey('a')
    const row = pane.ensureRow(backend.ensureSlot())
    pane.cellsOf(row).set([1.5, -0], pane.indexOf(row))
    return backend
  }

  it('come back as they were written', () => {
    const panes = new HeapBackend('step', 128, written().snapshot()).flatPanes('cells', layout('x'))
    expect(panes.namespaces()).toEqual([-5])
    const pane = panes.get(-5)
    expect([...(pane?.cellsOf(0).subarray(0, 2) ?? [])]).toEqual([1.5, -0])
    expect(pane?.slotsByKey()).toHaveLength(1)
  })

  it('that were restored are written again only where something has changed, and go when they go', () => {
    const snapshot = written().snapshot()
    const backend = new HeapBackend('step', 128, snapshot)
    const panes = backend.flatPanes('cells', layout('x'))
    const again = backend.snapshot()
    for (const [group, bytes] of again.groups) expect(bytes).toBe(snapshot.groups.get(group))
    panes.remove(-5)
    expect(backend.snapshot().groups.size).toBe(0)
    expect(backend.keyCount).toBe(0)
  })

  it('that are removed are gone from the next snapshot, also of a key that has another', () => {
    const backend = written()
    const panes = backend.flatPanes('cells', layout('x'))
    const both = [1, 2].map((namespace) => panes.getOrCreate(namespace))
    backend.setCurrentKey('b')
    for (const pane of both) pane.ensureRow(backend.ensureSlot())
    backend.snapshot()
    panes.remove(1)
    const restored = new HeapBackend('step', 128, backend.snapshot()).flatPanes('cells', layout('x'))
    expect(restored.namespaces()).toEqual([2])
  })

  it('begin with nothing, also where those of another namespace were removed before', () => {
    const backend = new HeapBackend('step', 128)
    const panes = backend.flatPanes('cells', layout('x'))
    for (let namespace = 0; namespace < 10; namespace++) {
      const pane = panes.getOrCreate(namespace)
      expect(pane.slotsByKey()).toEqual([])
      for (const key of namespace % 2 === 0 ? ['a', 'b', 'c'] : ['c']) {
        backend.setCurrentKey(key)
        const slot = backend.ensureSlot()
        expect(pane.rowOf(slot)).toBe(-1)
        const row = pane.ensureRow(slot)
        const at = pane.indexOf(row)
        expect([...pane.cellsOf(row).subarray(at, at + 2)]).toEqual([0, 0])
        pane.cellsOf(row).fill(namespace + 1, at, at + 2)
      }
      expect(panes.namespaces()).toEqual([namespace])
      panes.remove(namespace)
      expect(panes.get(namespace)).toBeUndefined()
    }
    expect(backend.keyCount).toBe(0)
  })

  it('are refused in another layout, as another state, and where nobody asks for them', () => {
    const snapshot = written().snapshot()
    expect(() => new HeapBackend('step', 128, snapshot).flatPanes('cells', layout('y'))).toThrow(
      incompatible(/written as x and is declared as y/),
    )
    expect(() => new HeapBackend('step', 128, snapshot).panes('cells')).toThrow(
      incompatible(/panes and was flat panes/),
    )
    expect(() => new HeapBackend('step', 128, snapshot).checkAllClaimed()).toThrow(incompatible(/a state 'cells'/))
    const other = new HeapBackend('step', 128)
    const values = other.value<number>('cells', { kind: 'value' })
    other.setCurrentKey('a')
    values.set(1)
    expect(() => new HeapBackend('step', 128, other.snapshot()).flatPanes('cells', layout('x'))).toThrow(
      incompatible(/is declared as panes and was value/),
    )
    expect(() => new HeapBackend('step', 128, { ...snapshot, format: 3 as never })).toThrow(incompatible(/format 3/))
  })
})
