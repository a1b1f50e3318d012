import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../api/environment.ts'
import { key } from '../../elements/key.ts'
import { outputTag } from '../../elements/output-tag.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { operatorHarness } from '../../testing/operator-harness.ts'
import { record, type ScriptElement, watermark } from '../../testing/script.ts'
import { verifyOperator } from '../../testing/verify-operator.ts'
import { deduplicateOperator } from './deduplicate.ts'
import type { DeduplicateOptions } from './deduplicate-plan.ts'

interface Message {
  readonly id: string
  readonly n: number
}

const keyBy = (message: Message): string => message.id
const duplicates = outputTag<Message>('duplicates')
const late = outputTag<Message>('late')

function open(options: DeduplicateOptions<Message>) {
  const harness = operatorHarness(deduplicateOperator({ ...options, duplicateOutput: duplicates, lateOutput: late }), {
    keyBy,
  })
  return {
    take: (id: string, n: number, timestamp: number) => harness.process({ id, n }, timestamp),
    watermark: (time: number) => harness.watermark(time),
    restart: () => harness.restart(),
    keyCount: () => harness.keyCount(),
    kept: () => harness.output().map(({ value, timestamp }) => `${value.id}${value.n}@${timestamp}`),
    duplicates: () =>
      harness.sideOutput(duplicates).map(({ value, timestamp }) => `${value.id}${value.n}@${timestamp}`),
    late: () => harness.sideOutput(late).map(({ value }) => `${value.id}${value.n}`),
    counters: () => harness.counters(),
  }
}

describe('the first by arrival', () => {
  it('is emitted at once, and what comes less than within before or after it is dropped and counted', () => {
    const step = open({ keep: 'first', within: 10 })
    step.take('a', 1, 20)
    expect(step.kept()).toEqual(['a1@20'])
    for (const time of [20, 29, 11]) step.take('a', 2, time)
    expect(step.kept()).toEqual([])
    expect(step.duplicates()).toEqual(['a2@20', 'a2@29', 'a2@11'])
    expect(step.counters().duplicates).toBe(3)
    step.take('a', 3, 30)
    step.take('a', 4, 10)
    step.take('b', 5, 20)
    expect(step.kept()).toEqual(['a3@30', 'a4@10', 'b5@20'])
  })

  it('counts from the one that was kept, not from the last duplicate', () => {
    const step = open({ keep: 'first', within: 10 })
    for (const time of [0, 6, 12, 18]) step.take('a', time, time)
    expect(step.kept()).toEqual(['a0@0', 'a12@12'])
  })

  it('is late behind the watermark, since it could not be told from a duplicate', () => {
    const step = open({ keep: 'first', within: 10 })
    step.watermark(50)
    step.take('a', 1, 50)
    step.take('a', 2, 51)
    expect(step.kept()).toEqual(['a2@51'])
    expect(step.late()).toEqual(['a1'])
    expect(step.counters()).toMatchObject({ late: 1, duplicates: 0 })
  })

  it('is still told from a duplicate within the allowed lateness', () => {
    const step = open({ keep: 'first', within: 10, allowedLateness: 20 })
    step.take('a', 1, 50)
    step.watermark(65)
    step.take('a', 2, 45)
    step.take('a', 3, 46)
    step.take('b', 4, 46)
    step.take('b', 5, 45)
    expect(step.kept()).toEqual(['a1@50', 'b4@46'])
    expect(step.duplicates()).toEqual(['a3@46'])
    expect(step.late()).toEqual(['a2', 'b5'])
  })

  it('without a time is the first ever, also across a restart, and nothing is late', () => {
    const step = open({ keep: 'first' })
    step.watermark(1_000)
    step.take('a', 1, 5)
    step.restart()
    step.take('a', 2, 5_000_000)
    expect(step.kept()).toEqual(['a1@5'])
    expect(step.counters()).toMatchObject({ duplicates: 1 })
    expect(step.late()).toEqual([])
  })
})

describe('the first by arrival of keys that are forgotten when they are idle', () => {
  it('is kept until its key has been silent for that time, duplicates among its records', () => {
    const step = open({ keep: 'first', idleAfter: 10 })
    step.take('a', 1, 0)
    step.watermark(9)
    step.take('a', 2, 8)
    step.watermark(17)
    // Older than its newest, and then 1 ms newer.
    step.take('a', 3, 8)
    step.take('a', 3, 9)
    step.watermark(18)
    expect(step.keyCount()).toBe(1)
    step.watermark(19)
    expect(step.keyCount()).toBe(0)
    step.take('a', 4, 20)
    expect(step.kept()).toEqual(['a1@0', 'a4@20'])
    expect(step.duplicates()).toEqual(['a2@8', 'a3@8', 'a3@9'])
  })

  it('is late where its key may have been forgotten, and leaves no state', () => {
    const step = open({ keep: 'first', idleAfter: 10 })
    step.watermark(20)
    step.take('a', 1, 10)
    expect(step.keyCount()).toBe(0)
    step.take('b', 2, 11)
    expect(step.late()).toEqual(['a1'])
    expect(step.kept()).toEqual(['b2@11'])
  })
})

describe('the state of deduplicate', () => {
  it('of the first by arrival goes once the watermark is within beyond it, and not before', () => {
    const step = open({ keep: 'first', within: 10, allowedLateness: 5 })
    step.take('a', 1, 0)
    step.take('a', 2, 20)
    step.watermark(14)
    expect(step.keyCount()).toBe(1)
    step.take('a', 3, 10)
    step.watermark(15)
    step.take('a', 4, 11)
    expect(step.kept()).toEqual(['a1@0', 'a2@20', 'a3@10'])
    expect(step.duplicates()).toEqual(['a4@11'])
    step.watermark(34)
    expect(step.keyCount()).toBe(1)
    step.watermark(35)
    expect(step.keyCount()).toBe(0)
  })

  it.each(['first', 'last'] as const)('by event time goes with the last ms of a period: %s', (keep) => {
    const step = open({ keep, within: 10, order: 'event-time' })
    step.take('a', 1, 3)
    step.take('a', 2, 12)
    step.watermark(11)
    expect(step.keyCount()).toBe(1)
    // Both bounds: its own start and its last ms belong to the period, the ms around them do not.
    for (const time of [2, 3, 12, 13]) step.take('a', time * 100, time)
    step.watermark(12)
    expect(step.late()).toEqual(['a200'])
    expect(step.keyCount()).toBe(1)
    step.watermark(22)
    expect(step.keyCount()).toBe(0)
    expect(step.kept()).toEqual(keep === 'first' ? ['a1@3', 'a1300@13'] : ['a1200@12', 'a1300@22'])
  })
})

describe('by event time', () => {
  it.each(['first', 'last'] as const)('one that has waited, at the end of a period, begins the next: %s', (keep) => {
    const step = open({ keep, within: 10, order: 'event-time' })
    for (const time of [3, 12, 13]) step.take('a', time, time)
    step.watermark(100)
    expect(step.kept()).toEqual(keep === 'first' ? ['a3@3', 'a13@13'] : ['a12@12', 'a13@22'])
  })

  it('the first has the smallest timestamp, and waits for the watermark', () => {
    const step = open({ keep: 'first', within: 10, order: 'event-time' })
    step.take('a', 1, 8)
    step.take('a', 2, 3)
    expect(step.kept()).toEqual([])
    step.watermark(3)
    expect(step.kept()).toEqual(['a2@3'])
    expect(step.duplicates()).toEqual(['a1@8'])
    step.take('a', 3, 12)
    step.take('a', 4, 13)
    step.watermark(13)
    expect(step.kept()).toEqual(['a4@13'])
  })

  it('the last comes when its period is over, with the time at which that is', () => {
    const step = open({ keep: 'last', within: 10 })
    step.take('a', 1, 3)
    step.take('a', 2, 9)
    step.take('a', 3, 9)
    step.take('a', 4, 5)
    step.watermark(11)
    expect(step.kept()).toEqual([])
    step.watermark(12)
    expect(step.kept()).toEqual(['a3@12'])
    expect(step.duplicates()).toEqual(['a1@3', 'a4@5', 'a2@9'])
  })

  it('a record behind the watermark counts in a period that is open, and else is late', () => {
    const step = open({ keep: 'last', within: 10 })
    step.take('a', 1, 3)
    step.watermark(8)
    step.take('a', 2, 5)
    step.take('a', 3, 2)
    step.take('b', 4, 8)
    step.watermark(12)
    expect(step.kept()).toEqual(['a2@12'])
    expect(step.late()).toEqual(['a3', 'b4'])
  })

  it('times between two ms belong to the earlier', () => {
    const step = open({ keep: 'last', within: 10 })
    step.take('a', 1, 3.5)
    step.take('a', 2, 12.5)
    step.take('a', 3, 13.5)
    step.watermark(12)
    step.take('a', 4, 12.75)
    step.watermark(40)
    expect(step.kept()).toEqual(['a2@12', 'a3@22'])
    expect(step.late()).toEqual(['a4'])
  })

  it('without a time is the earliest of all that the watermark had not passed', () => {
    const step = open({ keep: 'first', order: 'event-time' })
    for (const time of [9, 4, 7]) step.take('a', time, time)
    step.watermark(4)
    step.take('a', 20, 20)
    step.watermark(30)
    expect(step.kept()).toEqual(['a4@4'])
    expect(step.counters()).toMatchObject({ duplicates: 3, late: 0 })
  })
})

describe('deduplicate behind verifyOperator', () => {
  const read = (id: string, n: number, timestamp: number): ScriptElement<Message> => record({ id, n }, timestamp)
  const script = [
    read('b', 1, 5),
    read('a', 2, 3),
    read('a', 3, 12),
    watermark(4),
    read('b', 4, 5),
    read('a', 5, 4),
    read('c', 6, 11),
    read('c', 7, 9),
    watermark(12),
    read('a', 8, 13),
    read('a', 9, 26),
    read('c', 10, 31),
    watermark(25),
    read('b', 11, 8),
    watermark(60),
    read('a', 12, 61),
  ]
  it.each<DeduplicateOptions<Message>>([
    { keep: 'first' },
    { keep: 'first', idleAfter: 10 },
    { keep: 'first', within: 10 },
    { keep: 'first', within: 10, allowedLateness: 20 },
    { keep: 'first', within: 10, order: 'event-time' },
    { keep: 'first', order: 'event-time' },
    { keep: 'last', within: 10 },
  ])('%j', (options) =>
    verifyOperator(deduplicateOperator({ ...options, duplicateOutput: duplicates, lateOutput: late }), script, {
      keyBy,
      allowsLate: options.order === undefined && options.keep === 'first',
    }),
  )
})

describe('what deduplicate refuses', () => {
  it.each<[string, unknown]>([
    ['CORE_OPTION_INVALID', {}],
    ['CORE_OPTION_INVALID', { keep: 'any' }],
    ['CORE_OPTION_INVALID', { keep: 'last' }],
    ['CORE_OPTION_INVALID', { keep: 'last', within: 5, order: 'arrival' }],
    ['CORE_OPTION_INVALID', { keep: 'first', order: 'time' }],
    ['CORE_OPTION_INVALID', { keep: 'first', allowedLateness: 5 }],
    ['CORE_OPTION_INVALID', { keep: 'last', within: 5, allowedLateness: 5 }],
    ['CORE_OPTION_INVALID', { keep: 'first', within: 5, idleAfter: 5 }],
    ['CORE_OPTION_INVALID', { keep: 'first', order: 'event-time', idleAfter: 5 }],
    ['CORE_WINDOW_INVALID', { keep: 'first', idleAfter: 0 }],
    ['CORE_WINDOW_INVALID', { keep: 'first', within: 0 }],
    ['CORE_WINDOW_INVALID', { keep: 'first', within: 5, allowedLateness: -1 }],
    ['CORE_DURATION_INVALID', { keep: 'first', within: 'long' }],
  ])('%s for %j', (code, options) => {
    expect(() => deduplicateOperator(options as DeduplicateOptions<Message>)).toThrow(expect.objectContaining({ code }))
  })
})

describe('deduplicate, in a job', () => {
  it('keeps one of each message', async () => {
    const sent = [
      { bed: 'a', id: 1 },
      { bed: 'a', id: 2 },
      { bed: 'b', id: 1 },
      { bed: 'a', id: 1 },
    ]
    const once = createEnvironment()
      .fromArray(sent)
      .keyBy((m) => key(m.bed, m.id))
      .deduplicate({ keep: 'first' })
    expect(await once.executeAndCollect()).toEqual(sent.slice(0, 3))
  })

  it('needs timestamps where it has a time', async () => {
    const keyed = createEnvironment()
      .fromArray([1, 2])
      .keyBy((n) => n)
    const once = keyed.deduplicate({ keep: 'first', within: '5m' })
    await expect(async () => once.executeAndCollect()).rejects.toThrow(/CORE_JOB_INVALID/)
  })
})

describe('the state of another', () => {
  it('lateness is refused: firsts that were freed would have duplicates', () => {
    const options = { keyBy: keyBy as never, inputs: 1, maxParallelism: 4, isReplay: true, shouldPause: () => false }
    const step = (allowedLateness: number) =>
      deduplicateOperator<Message>({ keep: 'first', within: 10, allowedLateness })
    const restored = { snapshot: new OperatorBench(step(0), options).snapshot(1), now: 0 }
    expect(() => new OperatorBench(step(5), options, restored)).toThrow(
      "'first within 10 ms by arrival', and it is now 'first within 10 ms by arrival, 5 ms late' (CORE_STATE_INCOMPATIBLE)",
    )
    expect(() => new OperatorBench(step(0), options, restored)).not.toThrow()
  })
})
