import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CoordinatorInput, coordinate, initialCoordinator } from './coordinator.ts'

const options = { participants: ['task', 'sink'], lastCheckpointId: 4, timeoutMs: 100, tolerableFailures: 1 }

it('takes a checkpoint through its phases', () => {
  let state = initialCoordinator(options)
  const said: string[] = []
  const tell = (input: CoordinatorInput, now: number): void => {
    const step = coordinate(state, input, now)
    state = step.state
    said.push(...step.outputs.map((output) => output.type))
  }
  tell({ type: 'trigger' }, 10)
  tell({ type: 'acknowledge', checkpointId: 5, from: 'task' }, 11)
  tell({ type: 'acknowledge', checkpointId: 5, from: 'sink' }, 12)
  tell({ type: 'stored', checkpointId: 5 }, 13)
  tell({ type: 'committed', checkpointId: 5, from: 'sink' }, 14)
  tell({ type: 'committed', checkpointId: 5, from: 'task' }, 15)
  expect(said).toEqual(['inject-barrier', 'store', 'commit', 'completed'])
  expect(state.phase).toBe('idle')
})

it('stores only what all have acknowledged, commits only what is stored, one checkpoint at a time, whatever comes in', () => {
  const ids = fc.integer({ min: 4, max: 8 })
  const from = fc.constantFrom('task', 'sink')
  const input: fc.Arbitrary<CoordinatorInput> = fc.oneof(
    fc.constant({ type: 'trigger' } as const),
    fc.record({ type: fc.constant('acknowledge' as const), checkpointId: ids, from }),
    fc.record({ type: fc.constant('decline' as const), checkpointId: ids, from, reason: fc.constant('no') }),
    fc.record({ type: fc.constant('stored' as const), checkpointId: ids }),
    fc.record({ type: fc.constant('store-failed' as const), checkpointId: ids, reason: fc.constant('full') }),
    fc.record({ type: fc.constant('committed' as const), checkpointId: ids, from }),
    fc.constant({ type: 'tick' } as const),
  )
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
      let state = initialCoordinator(options)
      let under: number | undefined
      const acknowledged = new Set<string>()
      const stored = new Set<number>()
      inputs.forEach((message, now) => {
        if (message.type === 'acknowledge') acknowledged.add(`${message.checkpointId} ${message.from}`)
        const step = coordinate(state, message, now * 30)
        state = step.state
        for (const output of step.outputs) {
          if (output.type === 'inject-barrier') {
            expect(under).toBeUndefined()
            under = output.checkpointId
          } else if (output.type === 'store') {
            for (const who of options.participants) expect(acknowledged).toContain(`${output.checkpointId} ${who}`)
            stored.add(output.checkpointId)
          } else if (output.type === 'commit') {
            expect(stored).toContain(output.checkpointId)
            expect(output.checkpointId).toBe(under)
          } else if (output.type !== 'fail-job') under = undefined
        }
      })
    }),
    { numRuns: 2_000 },
  )
})

it('gives a checkpoint up that is late, and fails the job when that happens too often', () => {
  let state = coordinate(initialCoordinator(options), { type: 'trigger' }, 0).state
  let step = coordinate(state, { type: 'tick' }, 100)
  expect(step.outputs.map((output) => output.type)).toEqual(['aborted'])
  state = coordinate(step.state, { type: 'trigger' }, 200).state
  step = coordinate(state, { type: 'tick' }, 300)
  expect(step.outputs.map((output) => output.type)).toEqual(['aborted', 'fail-job'])
})
