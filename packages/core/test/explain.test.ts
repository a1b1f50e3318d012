import { expect, it } from 'vitest'
import { boundedOutOfOrderness, count, createEnvironment, tumblingEventTimeWindows } from '../src/index.ts'

function job() {
  const env = createEnvironment({ name: 'ward' })
  env
    .fromArray([{ id: 'p1', time: 0 }], { id: 'vitals' })
    .assignTimestamps((r) => r.time, boundedOutOfOrderness('5s'), { id: 'times' })
    .filter((r) => r.id !== '', { id: 'named' })
    .map((r) => r, { id: 'same' })
    .keyBy((r) => r.id)
    .window(tumblingEventTimeWindows('1m'))
    .aggregate({ n: count() }, { id: 'windows' })
    .sinkTo({ kind: 'none', delivery: 'at-least-once', open: () => ({ write() {} }) }, { id: 'out' })
  return env
}

it('says what will run, what it reads, and what was decided on the way', () => {
  const text = job().explain()
  expect(text).toContain("job 'ward'")
  expect(text).toMatch(/vitals {2}\[collection; bounded; rejects: fail; watermark 5000 ms behind, a split\]/)
  expect(text).toMatch(/windows {2}\[tumbling-window; .*keyed state packed\] {2}<- same by key/)
  expect(text).toContain("times runs inside source 'vitals'")
  expect(text).toContain('fused into one function: named, same')
  expect(text).toContain('out  [none; at-least-once]  <- windows')
})

it('draws it as a Mermaid flowchart', () => {
  const lines = job().explain('mermaid').split('\n')
  expect(lines[0]).toBe('flowchart LR')
  expect(lines.filter((line) => line.includes('-->'))).toHaveLength(4)
  expect(lines.some((line) => line.includes('|keyed|'))).toBe(true)
})

it('gives a step the same id whatever is added elsewhere', () => {
  const ids = (extra: boolean): string[] => {
    const env = createEnvironment()
    const source = env.fromArray([1], { id: 'a' })
    if (extra)
      env
        .fromArray([2], { id: 'b' })
        .map((n) => n)
        .print()
    source
      .map((n) => n)
      .filter(() => true)
      .print()
    return env
      .graph()
      .nodes.filter((node) => node.inputs.some((edge) => edge.from !== 'b'))
      .map((node) => node.id)
  }
  const plain = ids(false)
  expect(ids(true)).toEqual(expect.arrayContaining(plain))
  expect(new Set(plain).size).toBe(plain.length)
})

it('refuses windows on records without timestamps before anything runs', () => {
  const env = createEnvironment()
  env
    .fromArray([1])
    .keyBy((n) => n)
    .window(tumblingEventTimeWindows(10))
    .aggregate({ n: count() }, { id: 'windows' })
    .print()
  expect(() => env.explain()).toThrow(/step 'windows' .* works in event time, but its records have no timestamps/)
})
