import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { MillraceError } from '../errors.ts'
import type { Checkpoint } from './checkpoint.ts'

const MAGIC = 'MILLRACE-CHECKPOINT'
const VERSION = 1

/** A checkpoint as a storage keeps it: a line with magic word, version, length and SHA-256 of what follows. */
export function checkpointBytes(checkpoint: Checkpoint): Uint8Array {
  const body = serialize(checkpoint)
  const header = `${MAGIC} ${VERSION} ${body.length} ${createHash('sha256').update(body).digest('hex')}\n`
  return Buffer.concat([Buffer.from(header, 'latin1'), body])
}

/** @throws CORE_CHECKPOINT_CORRUPT, CORE_CHECKPOINT_MISMATCH, with the name under which it was kept */
export function checkpointOf(name: string, bytes: Buffer): Checkpoint {
  const headerEnd = bytes.indexOf(10)
  const [magic, version, length, digest] = bytes.subarray(0, Math.max(0, headerEnd)).toString('latin1').split(' ')
  if (magic !== MAGIC) throw corrupt(name, 'it does not start as a checkpoint does')
  if (Number(version) !== VERSION) {
    throw new MillraceError(
      'CORE_CHECKPOINT_MISMATCH',
      `'${name}' has format version ${version}, this is version ${VERSION}`,
    )
  }
  const body = bytes.subarray(headerEnd + 1)
  if (body.length !== Number(length)) throw corrupt(name, `it has ${body.length} bytes where ${length} were written`)
  if (createHash('sha256').update(body).digest('hex') !== digest) throw corrupt(name, 'its checksum differs')
  return deserialize(body) as Checkpoint
}

function corrupt(name: string, what: string): MillraceError {
  return new MillraceError('CORE_CHECKPOINT_CORRUPT', `'${name}' is damaged: ${what}`)
}
