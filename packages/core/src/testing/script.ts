/** What happens to an operator, one thing after the other, as data. */
export type ScriptElement<In> =
  | { readonly type: 'record'; readonly value: In; readonly timestamp: number; readonly input: number }
  | { readonly type: 'watermark'; readonly watermark: number; readonly input: number }
  | { readonly type: 'time'; readonly time: number }
  | { readonly type: 'idle'; readonly input: number }
  | { readonly type: 'active'; readonly input: number }

/** A record with its event time. */
export function record<In>(value: In, timestamp: number, input = 0): ScriptElement<In> {
  return { type: 'record', value, timestamp, input }
}

/** Event time has reached `watermark` on an input. */
export function watermark(watermark: number, input = 0): ScriptElement<never> {
  return { type: 'watermark', watermark, input }
}

/** The job's clock has reached `time`. */
export function time(time: number): ScriptElement<never> {
  return { type: 'time', time }
}

/** An input has nothing to give for now. */
export function idle(input = 0): ScriptElement<never> {
  return { type: 'idle', input }
}

/** An input that was idle gives again. */
export function active(input = 0): ScriptElement<never> {
  return { type: 'active', input }
}
