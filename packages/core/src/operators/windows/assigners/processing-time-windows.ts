import { processingTimeTrigger } from '../triggers/processing-time-trigger.ts'
import type { AlignedWindows } from './aligned-windows.ts'
import { clockTime } from './clock-time.ts'
import type { WindowAssigner } from './window-assigner.ts'

/** The same windows, by the job's clock. */
export function processingTimeWindows(windows: AlignedWindows): WindowAssigner<unknown> {
  const { kind, sizeMs, slideMs, offsetMs } = windows
  const slide = kind === 'sliding' ? ` every ${slideMs} ms` : ''
  const offset = offsetMs === 0 ? '' : ` from ${offsetMs} ms`
  return Object.freeze<WindowAssigner<unknown>>({
    kind: `processing-time-${kind}`,
    detail: `${sizeMs} ms${slide}${offset}`,
    domain: 'processing-time',
    isMerging: false,
    assign: (now) => windows.assign(clockTime(now)),
    defaultTrigger: processingTimeTrigger,
  })
}
