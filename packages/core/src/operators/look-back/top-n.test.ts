import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../api/environment.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { operatorHarness } from '../../testing/operator-harness.ts'
import { record, type ScriptElement, watermark } from '../../testing/script.ts'
import { verifyOperator } from '../../testing/verify-operator.ts'
import { type Ranking, topNOperator } from './top-n.ts'

interface Reading {
  readonly ward: string
  readonly id: string
  readonly score: number | null
}

const keyBy = (reading: Reading): string => reading.ward
const by = (reading: Reading): number | null => reading.score
const read = (id: string, score: number | null, timestamp = 0): ScriptElement<Reading> =>
  record({ ward: id[0] as string, id, score }, timestamp)

function lists(n: number, options: Ranking<Reading>, ...readings: [id: string, score: number | null][]): string[] {
  const harness = operatorHarness(topNOperator<Reading, string>(n, options), { keyBy })
  for (const [id, score] of readings) harness.process({ ward: id[0] as string, id, score }, 0)
  return harness.output().map(({ value: { key, top } }) => `${key}: ${top.map((r) => r.id).join(' ')}`)
}

describe('top n', () => {
  it('emits the ranked list of a key whenever it changes, and only then', () => {
    expect(lists(2, { by }, ['a1', 5], ['a2', 9], ['a3', 4], ['b1', 1], ['a4', 7])).toEqual([
      'a: a1',
      'a: a2 a1',
      'b: b1',
      'a: a2 a4',
    ])
  })

  it('ranks the smallest first on request', () => {
    expect(lists(2, { by, ascending: true }, ['a1', 5], ['a2', 9], ['a3', 4]).at(-1)).toBe('a: a3 a1')
  })

  it('of equal numbers ranks the first to arrive first', () => {
    expect(lists(2, { by }, ['a1', 5], ['a2', 5], ['a3', 5])).toEqual(['a: a1', 'a: a1 a2'])
    expect(lists(3, { by }, ['a1', 5], ['a2', 9], ['a3', 5]).at(-1)).toBe('a: a2 a1 a3')
  })

  it('counts and leaves out what has no number', () => {
    const harness = operatorHarness(topNOperator<Reading, string>(2, { by }), { keyBy })
    harness.process({ ward: 'a', id: 'a1', score: null }, 0)
    harness.process({ ward: 'a', id: 'a2', score: Number.NaN }, 0)
    expect(harness.output()).toEqual([])
    expect(harness.counters()).toMatchObject({ unranked: 2 })
  })

  it('forgets a key that is idle, and leaves out what is as late', () => {
    const harness = operatorHarness(topNOperator<Reading, string>(2, { by, idleAfter: 10 }), { keyBy })
    const take = (id: string, score: number, timestamp: number) =>
      harness.process({ ward: id[0] as string, id, score }, timestamp)
    take('a1', 5, 0)
    // It does not enter the list, and yet the key is not idle.
    take('a2', 6, 1)
    take('a3', 4, 5)
    harness.watermark(14)
    expect(harness.keyCount()).toBe(1)
    harness.watermark(15)
    expect(harness.keyCount()).toBe(0)
    take('a4', 9, 5)
    expect(harness.keyCount()).toBe(0)
    take('a5', 1, 16)
    expect(harness.output().map(({ value: { top } }) => top.map((r) => r.id))).toEqual([['a1'], ['a2', 'a1'], ['a5']])
    expect(harness.counters()).toMatchObject({ late: 1 })
  })

  it('behaves behind verifyOperator', () =>
    verifyOperator(
      topNOperator<Reading, string>(2, { by }),
      [read('b1', 3), read('a1', 5, 7), read('a2', null), watermark(5), read('a3', 5, 4), read('a4', 8), read('b2', 3)],
      { keyBy, allowsLate: true },
    ))

  it('refuses the state of another length or order, whose lists are other ones', () => {
    const options = { keyBy: keyBy as never, inputs: 1, maxParallelism: 4, isReplay: true, shouldPause: () => false }
    const bench = new OperatorBench(topNOperator<Reading, string>(2, { by }), options)
    const restored = { snapshot: bench.snapshot(1), now: 0 }
    const open = (n: number, ranking: Ranking<Reading>): OperatorBench =>
      new OperatorBench(topNOperator<Reading, string>(n, ranking), options, restored)
    expect(() => open(4, { by })).toThrow("is that of '2 largest', and it is now '4 largest' (CORE_STATE_INCOMPATIBLE)")
    expect(() => open(2, { by, ascending: true })).toThrow('CORE_STATE_INCOMPATIBLE')
    expect(() => open(2, { by })).not.toThrow()
  })

  it('of idle keys behaves behind verifyOperator', () =>
    verifyOperator(
      topNOperator<Reading, string>(2, { by, idleAfter: 5 }),
      [
        read('b1', 3, 1),
        read('a1', 5, 7),
        watermark(5),
        read('a3', 5, 4),
        watermark(12),
        read('a4', 8, 20),
        read('b2', 3, 9),
      ],
      { keyBy, allowsLate: true },
    ))

  it('refuses an idleAfter of 0', () => {
    expect(() => topNOperator(2, { by, idleAfter: 0 })).toThrow(/CORE_WINDOW_INVALID/)
  })

  it.each<[unknown]>([[0], [1.5], [10_001]])('refuses n = %j', (n) => {
    expect(() => topNOperator(n as number, { by })).toThrow(/CORE_OPTION_INVALID/)
  })

  it('runs in a job', async () => {
    const worst = createEnvironment()
      .fromArray([3, 9, 4])
      .keyBy(() => 'ward-3')
      .topN(2, { by: (score) => score })
    expect((await worst.executeAndCollect()).at(-1)).toEqual({ key: 'ward-3', top: [9, 4] })
  })
})
