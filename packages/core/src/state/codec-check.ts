import { MillraceError } from '../errors.ts'
import type { Codec } from './codec.ts'

/** What stands beside bytes that a codec wrote. */
export interface WrittenBy {
  readonly name: string
  readonly version: number
}

/**
 * Whether what was written can be read by the codec that is declared now. What was written without one can always: its values
 * are plain.
 *
 * @throws CORE_STATE_INCOMPATIBLE when the codec is gone, has another name, or is older than what it finds.
 */
export function checkWritten(state: string, written: WrittenBy | undefined, codec: Codec<unknown> | undefined): void {
  if (written === undefined) return
  const by = `codec '${written.name}', version ${written.version}`
  if (codec === undefined) throw incompatible(`${state} was written with ${by}, and is declared without a codec`)
  if (codec.name !== written.name)
    throw incompatible(`${state} was written with ${by}, and is declared with '${codec.name}'`)
  if (codec.version < written.version) {
    throw incompatible(`${state} was written with ${by}, and is declared with version ${codec.version}, which is older`)
  }
}

/** @throws CORE_STATE_INCOMPATIBLE with the codec's own error as its cause. */
export function decodeWith<T>(codec: Codec<T>, bytes: Uint8Array, version: number, state: string): T {
  try {
    return codec.decode(bytes, version)
  } catch (cause) {
    const what = `${state}: codec '${codec.name}', version ${codec.version}, cannot read version ${version}`
    throw new MillraceError('CORE_STATE_INCOMPATIBLE', what, { cause })
  }
}

function incompatible(what: string): MillraceError {
  return new MillraceError('CORE_STATE_INCOMPATIBLE', what)
}
