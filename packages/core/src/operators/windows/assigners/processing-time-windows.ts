import { processingTimeTrigger } from '../triggers/processing-time-trigger.ts'
import type { AlignedWindows } from './aligned-windows.ts'
import { clockTime } from './clock-time.ts'
import type { SliceScheme } from './slice-scheme.ts'
import type { WindowAssigner } from './window-assigner.ts'

/** Windows that share slices, by the job's clock. Immutable. */
export interface ClockSlicedWindows extends WindowAssigner<unknown> {
  readonly domain: 'processing-time'
  readonly detail: string
  readonly slices: SliceScheme
}

/** The same windows, by the job's clock. */
export function processingTimeWindows(windows: AlignedWindows): ClockSlicedWindows {
  const { kind, sizeMs, slideMs, offsetMs, slices } = windows
  const slide = kind === 'sliding' ? ` every ${slideMs} ms` : ''
  const offset = offsetMs === 0 ? '' : ` from ${offsetMs} ms`
  return Object.freeze<ClockSlicedWindows>({
    kind: `processing-time-${kind}`,
    detail: `${sizeMs} ms${slide}${offset}`,
    domain: 'processing-time',
    isMerging: false,
    slices,
    assign: (now) => windows.assign(clockTime(now)),
    defaultTrigger: processingTimeTrigger,
  })
}
