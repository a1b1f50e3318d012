import type { MessageFormat } from './message-format.ts'

/**
 * The bytes of a message as they are: for what is only passed on, or decoded in a step of the job. Nothing is refused.
 *
 * A value shares its memory with the client that received it: it must not be changed.
 */
export function bytes(): MessageFormat<Buffer> {
  return format
}

const format: MessageFormat<Buffer> = {
  name: 'bytes',
  openCodec: () => ({ decode: (message) => message, encode: (value) => value }),
}
