import { invalidOption } from '../option-checks.ts'

/** A stream as requests name it. */
export type StreamName = { readonly StreamName: string } | { readonly StreamARN: string }

/** @throws CONNECTOR_OPTION_INVALID for what is neither a stream's name nor an ARN of one. */
export function checkStream(path: string, stream: unknown): StreamName {
  if (typeof stream === 'string' && /^arn:[\w-]+:kinesis:[^\s:]+:\d+:stream\/[\w.-]{1,128}$/.test(stream)) {
    return { StreamARN: stream }
  }
  if (typeof stream === 'string' && /^[\w.-]{1,128}$/.test(stream)) return { StreamName: stream }
  const shown = typeof stream === 'string' ? `'${stream.slice(0, 60)}'` : typeof stream
  throw invalidOption(path, `is ${shown}, neither the name of a stream nor its ARN`)
}

/** The stream's name, for errors and rejects. */
export function nameOfStream(stream: StreamName): string {
  return 'StreamName' in stream ? stream.StreamName : stream.StreamARN.slice(stream.StreamARN.indexOf('/') + 1)
}
