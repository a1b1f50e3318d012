import { createEnvironment, fixedDelayRestart, memoryStorage } from '@millrace/core'
import { sourceContract } from '@millrace/core/connector'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  applyChange,
  evaluateRules,
  parseRules,
  type Reading,
  type RuleChange,
  type RuleChanges,
  type RuleFact,
  ruleAudit,
  ruleChanges,
  ruleHistory,
  rulesOf,
} from '../src/index.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 30)

const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high\nalarm fast\n  when heart-rate > 130 /min')

interface Started {
  readonly changes: RuleChanges
  /** Gives a reading, and waits for the alarms that it raises. */
  readonly read: (reading: Reading) => Promise<string[]>
  readonly checkpoint: () => Promise<number>
  readonly end: () => Promise<void>
  readonly cancel: () => Promise<void>
}

/** A job with readings and changes from here. It fails at these entries of the audit, counted over all attempts. */
function start(storage = memoryStorage(), failAt: readonly number[] = []): Started {
  const changes = ruleChanges()
  const readings: Reading[] = []
  let wake: () => void = () => undefined
  let isOver = false
  const env = createEnvironment()
  const source = {
    kind: 'test',
    bounded: true,
    live: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: ({ signal }: { signal: AbortSignal }) => ({
      openSplit: (_: unknown, position: unknown) => {
        let next = (position as number | undefined) ?? 0
        return {
          async read() {
            while (readings[next] === undefined && !isOver) {
              const { promise, resolve, reject } = Promise.withResolvers<void>()
              wake = resolve
              signal.addEventListener('abort', () => reject(signal.reason), { once: true })
              await promise
            }
            const value = readings[next]
            if (value === undefined) return undefined
            next += 1
            return { values: [value], position: next }
          },
        }
      },
    }),
  }
  let alarmed: (words: string[]) => void = () => undefined
  const alarms = env
    .fromSource<Reading>(source)
    .keyBy(({ patientId }) => patientId)
    .connectBroadcast(env.fromSource(changes.source))
    .process(evaluateRules(rules))
  alarms.sinkTo({
    kind: 'test',
    delivery: 'at-least-once',
    open: () => ({
      write: (values) => {
        alarmed(values.map(({ rule, event }) => `${rule} ${event}`))
      },
    }),
  })
  let entries = 0
  const left = new Set(failAt)
  alarms
    .getSideOutput(ruleAudit)
    .map((entry) => {
      entries += 1
      if (left.delete(entries)) throw new Error('as asked')
      return entry
    })
    .sinkTo(changes.answers)
  const stopping = new AbortController()
  const job = env.executeAsync({
    checkpoints: { storage, every: '2ms' },
    restart: fixedDelayRestart(failAt.length, 0),
    signal: stopping.signal,
  })
  const done = job.finished.then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    changes,
    read: (reading) => {
      const { promise, resolve } = Promise.withResolvers<string[]>()
      alarmed = resolve
      readings.push(reading)
      wake()
      return promise
    },
    checkpoint: () => job.triggerCheckpoint(),
    end: async () => {
      isOver = true
      wake()
      changes.end()
      expect(await done).toBeUndefined()
    },
    cancel: async () => {
      stopping.abort()
      await done
    },
  }
}

const signed = (id: string) => ({ id, at: 1_000, author: 'eng-7', reason: 'trial' })
const off = (id: string, rule: string): RuleChange => ({ ...signed(id), disable: [rule] })

describe('a change that a program brings', () => {
  it('is answered by what became of it, and holds for what is read after the answer', async () => {
    const { changes, read, end } = start()
    expect(await changes.apply(off('c1', 'low'))).toMatchObject({ type: 'rules-changed', change: signed('c1') })
    expect(await read({ patientId: 'p1', time: Date.now(), spo2: 60, heartRate: 150 })).toEqual(['fast raised'])
    expect(await changes.apply(off('c2', 'lowest'))).toMatchObject({
      type: 'rules-refused',
      problems: [{ path: 'disable[0]', code: 'RULES_NAME_UNKNOWN' }],
    })
    expect(await changes.apply(off('c1', 'low'))).toMatchObject({ type: 'rules-repeated' })
    expect(await changes.apply({ ...signed('c3'), rollBack: rules.version })).toMatchObject({ after: rules.version })
    await end()
  })

  it('waits for a job that is not there yet, and for one that restarts', async () => {
    const { changes, end } = start(memoryStorage(), [1, 3])
    const facts = [off('c1', 'low'), off('c2', 'fast'), off('c2', 'fast')].map((change) => changes.apply(change))
    expect((await Promise.all(facts)).map(({ type }) => type)).toEqual([
      'rules-changed',
      'rules-changed',
      'rules-repeated',
    ])
    await end()
  })

  it('is in force after the process has died where a checkpoint holds it, and can be brought again', async () => {
    const storage = memoryStorage()
    const first = start(storage)
    await first.changes.apply(off('c1', 'low'))
    await first.checkpoint()
    await first.cancel()
    const second = start(storage)
    // The same number and the same id as that which the checkpoint holds.
    expect(await second.changes.apply(off('c1', 'low'))).toMatchObject({ type: 'rules-repeated' })
    expect(await second.changes.apply({ ...signed('c2'), enable: ['low'] })).toMatchObject({ after: rules.version })
    await second.end()
  })

  it('is refused without an id, or where it is no data, and when none are taken any more', async () => {
    const changes = ruleChanges()
    for (const bad of [null, { remove: ['low'] }, { ...signed('x'.repeat(101)) }, { ...signed('c'), set: () => 1 }]) {
      await expect(changes.apply(bad as never)).rejects.toMatchObject({ code: 'RULES_TYPE_INVALID' })
    }
    const waiting = changes.apply(off('c1', 'low'))
    changes.close()
    await expect(waiting).rejects.toMatchObject({ code: 'RULES_CHANGES_CLOSED' })
    await expect(changes.apply(off('c2', 'low'))).rejects.toMatchObject({ code: 'RULES_CHANGES_CLOSED' })
  })

  it('that is brought again is answered by its own entry, not by the same one of another subtask', async () => {
    const changes = ruleChanges()
    const facts = [changes.apply(off('c1', 'low')), changes.apply(off('c1', 'low'))]
    const { write } = await changes.answers.open({
      operatorId: 'answers',
      signal: new AbortController().signal,
      restored: false,
    })
    const entry = (hash: string, type: 'rules-changed' | 'rules-repeated') => {
      const fact = { type, change: signed('c1') } as RuleFact
      return { chain: 'rules', seq: 1, time: 0, previous: '', hash, fact }
    }
    write([entry('a', 'rules-changed'), entry('a', 'rules-changed'), entry('b', 'rules-repeated')] as never, [])
    expect((await Promise.all(facts)).map(({ type }) => type)).toEqual(['rules-changed', 'rules-repeated'])
  })

  it('may be changed by the caller afterwards: that is not seen', async () => {
    const { changes, end } = start()
    const disable = ['low']
    const fact = changes.apply({ ...signed('c1'), disable })
    disable[0] = 'fast'
    expect(await fact).toMatchObject({ differences: [{ rule: 'low', what: 'disabled' }] })
    await end()
  })
})

it('whatever is brought, and wherever the job fails: each is answered as by the pure function, in its order', async () => {
  const change = fc.record({
    id: fc.constantFrom('c1', 'c2', 'c3', 'c4'),
    what: fc.constantFrom('disable', 'enable', 'remove'),
    rule: fc.constantFrom('low', 'fast', 'none'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 12 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 3 }),
      async (given, failAt) => {
        const { changes, end } = start(memoryStorage(), failAt)
        const all = given.map(({ id, what, rule }) => ({ ...signed(id), [what]: [rule] }) as unknown as RuleChange)
        const facts = await Promise.all(all.map((one) => changes.apply(one)))
        let history = ruleHistory(rules)
        const expected = all.map((one) => {
          const outcome = applyChange(history, one)
          if (outcome.status === 'accepted') history = outcome.history
          const words = { accepted: 'rules-changed', refused: 'rules-refused', repeated: 'rules-repeated' } as const
          return [words[outcome.status], rulesOf(history).version]
        })
        const told = (fact: RuleFact) => [fact.type, fact.type === 'rules-changed' ? fact.after : fact.version]
        expect(facts.map(told)).toEqual(expected)
        await end()
      },
    ),
    { numRuns: cases },
  )
})

describe('the source of changes', () => {
  const given = [off('c1', 'low'), off('c2', 'fast'), off('c1', 'low')]
  const contract = sourceContract<RuleChange>({
    create: () => {
      const changes = ruleChanges()
      for (const change of given) void changes.apply(change)
      changes.end()
      return { source: changes.source, expected: { all: given } }
    },
  })
  for (const { name, run, skip } of contract) (skip === undefined ? test : test.skip)(name, run)
})
