import { MillraceError } from '../errors.ts'
import { keyClockSettings, type PerKeyWatermarks } from '../time/per-key-watermarks.ts'
import type { OperatorFactory } from './operator.ts'

/**
 * The same step with a watermark for each key: its timers, and what it calls late, go by that. See `PerKeyWatermarks`.
 *
 * Keeps a clock for each key that is active; it is freed when the key has fallen idle and the input's watermark has come to it.
 *
 * @throws CORE_OPTION_INVALID for a step that is not keyed, or does not go by timers; CORE_DURATION_INVALID
 */
export function withPerKeyWatermarks<In, Out>(
  factory: OperatorFactory<In, Out>,
  options: PerKeyWatermarks,
): OperatorFactory<In, Out> {
  const settings = keyClockSettings(options)
  if (!factory.keyed || factory.create().advanceWatermark !== undefined) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `perKeyWatermarks was set for a step of kind '${factory.kind}', which has no timers by key to go by them`,
    )
  }
  const clocks = `a watermark a key, ${settings.outOfOrdernessMs} ms behind`
  return {
    ...factory,
    perKeyWatermarks: settings,
    needsTimestamps: true,
    detail: factory.detail === undefined ? clocks : `${factory.detail}; ${clocks}`,
  }
}
