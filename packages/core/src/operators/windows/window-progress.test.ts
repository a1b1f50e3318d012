import { expect, it } from 'vitest'
import { OperatorStates } from '../../state/operator-states.ts'
import { WindowProgress } from './window-progress.ts'

function storeOf(entries: readonly unknown[]): OperatorStates {
  return new OperatorStates('w', { lists: { 'window-progress': entries } })
}

it('begins before all time and goes on from what was saved', () => {
  const store = storeOf([])
  const fresh = new WindowProgress(store, 'w', 'tumbling 5 ms')
  expect(fresh.watermark).toBe(Number.NEGATIVE_INFINITY)
  fresh.watermark = 42
  fresh.save()
  expect(new WindowProgress(store, 'w', 'tumbling 5 ms').watermark).toBe(42)
})

it('is as far as the one furthest behind, where several were dealt out', () => {
  const entries = [7, 5].map((watermark) => ({ shape: 'tumbling 5 ms', watermark }))
  expect(new WindowProgress(storeOf(entries), 'w', 'tumbling 5 ms').watermark).toBe(5)
})

it('refuses the state of other windows or aggregates by the name of the step', () => {
  const store = storeOf([{ shape: 'tumbling 5 ms; readings: count', watermark: 1 }])
  expect(() => new WindowProgress(store, 'beds', 'tumbling 6 ms; readings: count')).toThrow(
    /step 'beds' is that of tumbling 5 ms; readings: count, and it is now tumbling 6 ms/,
  )
})

it('refuses the state that another lateness kept: windows that were freed would begin anew', () => {
  const store = storeOf([])
  new WindowProgress(store, 'w', 'tumbling 5 ms', 0).save()
  expect(() => new WindowProgress(store, 'w', 'tumbling 5 ms', 60)).toThrow(
    "step 'w' was kept by an allowed lateness of 0 ms, and it is now 60 ms (CORE_STATE_INCOMPATIBLE)",
  )
  expect(() => new WindowProgress(store, 'w', 'tumbling 5 ms', 0)).not.toThrow()
})
