import { WINDOW_FUNCTIONS_OF_READINGS } from '../expression/functions/window-functions.ts'
import type { ConstantNode, LimitNode } from '../expression/resolved.ts'
import { type DerivedChannel, SLICES } from './layout.ts'
import type { PatientView } from './patient-view.ts'
import { GatheredReadings, shareOfTimeIn, valueAt } from './signal-history.ts'
import { baselineOf } from './slice-sums.ts'

/**
 * What a channel is worth as of its signal's last reading, at `time`, from what its part of the patient's history holds, which begins at
 * `base`; NaN where unknown.
 */
export type Derive = (history: Float64Array, base: number, time: number, now: Pick<PatientView, 'limits'>) => number

// Filled and read within one call.
const gathered = new GatheredReadings()

export function deriveOf(
  { node, zeros, missing }: DerivedChannel,
  validForMs: number,
  limitNames: readonly string[],
): Derive {
  const policies = { zeros, missing }
  if (node.kind === 'past') {
    return (history, base, time) => valueAt(history, base, time - node.agoMs, policies, validForMs)
  }
  const { call, overMs, atLeast } = node
  if (call === 'baseline') return (sums, base) => baselineOf(sums, base, overMs / SLICES)
  if (call === 'timeInRange') {
    const [low, high] = (node.between ?? []).map((bound) => boundOf(bound, limitNames))
    if (low === undefined || high === undefined) return () => Number.NaN
    return (history, base, time, now) => {
      const enough = atLeast === 1 || gathered.gather(history, base, time - overMs, zeros).length >= atLeast
      if (!enough) return Number.NaN
      return shareOfTimeIn(
        history,
        base,
        time - overMs,
        { low: low(now.limits), high: high(now.limits) },
        policies,
        validForMs,
      )
    }
  }
  const of = WINDOW_FUNCTIONS_OF_READINGS[call]
  return (history, base, time) => {
    const readings = gathered.gather(history, base, time - overMs, zeros)
    return readings.length < atLeast ? Number.NaN : of(readings)
  }
}

function boundOf(node: ConstantNode | LimitNode, limitNames: readonly string[]): (limits: readonly number[]) => number {
  if (node.kind === 'constant') return () => node.value
  const i = limitNames.indexOf(node.limit)
  return (limits) => limits[i] as number
}
