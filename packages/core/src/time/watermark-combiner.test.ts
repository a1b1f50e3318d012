import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'
import { WatermarkCombiner } from './watermark-combiner.ts'

it('is the least of the active inputs, never goes back, and ends only with the last of them', () => {
  const step = fc.record({
    input: fc.nat(2),
    what: fc.constantFrom('advance', 'advance', 'advance', 'idle', 'active', 'end'),
    to: fc.integer({ min: -5, max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const combiner = new WatermarkCombiner(3)
      const inputs = [0, 1, 2].map(() => ({ watermark: MIN_WATERMARK, isIdle: false }))
      let expected = MIN_WATERMARK
      for (const { input, what, to } of steps) {
        let tellsNothing = what === 'active'
        const own = inputs[input] as { watermark: number; isIdle: boolean }
        if (what === 'idle') {
          // Said again, as after a restore, it is nothing new.
          tellsNothing = own.isIdle
          own.isIdle = true
          combiner.setIdle(input)
        } else if (what === 'active') {
          own.isIdle = false
          combiner.setActive(input)
        } else {
          const watermark = what === 'end' ? MAX_WATERMARK : to
          tellsNothing = watermark <= own.watermark
          own.watermark = Math.max(own.watermark, watermark)
          combiner.advance(input, watermark)
        }
        const open = inputs.filter(({ watermark }) => watermark !== MAX_WATERMARK)
        const active = open.filter(({ isIdle }) => !isIdle)
        if (open.length === 0) expected = MAX_WATERMARK
        // The watermark moves with what an input says, not by its waking up.
        else if (active.length > 0 && !tellsNothing) {
          expected = Math.max(expected, Math.min(...active.map(({ watermark }) => watermark)))
        }
        expect(combiner.combined).toBe(expected)
        expect(combiner.isIdle).toBe(open.length > 0 && active.length === 0)
      }
    }),
    { numRuns: propertyRuns(2) },
  )
})
