import fc from 'fast-check'
import type { Key } from '../src/elements/key.ts'
import type { Pausing, Step } from './window-driver.ts'

const LARGEST = 8_640_000_000_000_000
const keys: readonly Key[] = ['a', 'b', 'B', 7, -1, 3n, true]

export interface StepRanges {
  readonly span: number
  readonly keyCount: number
  /** Default 40. */
  readonly maxLength?: number
  /** With steps of the job's clock, up to so far. Default 0: none. */
  readonly clock?: number
  /** Default: also at both ends of time. */
  readonly origins?: readonly number[]
}

/** Records about some origin, out of order, with watermarks, the clock and restores anywhere between; the last watermark at the end. */
export function windowSteps({ span, keyCount, maxLength = 40, clock = 0, origins }: StepRanges): fc.Arbitrary<Step[]> {
  const time = fc.integer({ min: 0, max: span })
  const reading = fc.record({
    key: fc.constantFrom(...keys.slice(0, keyCount)),
    time,
    value: fc.integer({ min: -9, max: 9 }),
  })
  const origin = fc.constantFrom(...(origins ?? [0, -Math.ceil(span / 2), -LARGEST, LARGEST - span, 1_700_000_000_000]))
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: reading.map((reading): Step => ({ type: 'record', reading })) },
      { weight: 3, arbitrary: time.map((watermark): Step => ({ type: 'watermark', watermark })) },
      { weight: 1, arbitrary: fc.constant<Step>({ type: 'restore' }) },
      {
        weight: clock === 0 ? 0 : 4,
        arbitrary: fc.integer({ min: 0, max: clock }).map((time): Step => ({ type: 'clock', time })),
      },
    ),
    { maxLength, size: 'max' },
  )
  return fc
    .tuple(origin, steps)
    .map(([shift, list]): Step[] => [
      ...list.map((step) => shifted(step, shift)),
      { type: 'watermark', watermark: Number.POSITIVE_INFINITY },
    ])
}

function shifted(step: Step, shift: number): Step {
  if (step.type === 'record') return { ...step, reading: { ...step.reading, time: step.reading.time + shift } }
  return step.type === 'watermark' ? { ...step, watermark: step.watermark + shift } : step
}

export const pausings: fc.Arbitrary<Pausing> = fc.constantFrom<Pausing>('never', 'everywhere', 'everywhere, restored')
