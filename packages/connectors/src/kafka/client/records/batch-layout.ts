import type { Compression } from '../kafka-client.ts'

/**
 * Where the fields of a record batch (magic 2) begin. The checksum covers what follows it.
 * https://kafka.apache.org/documentation/#recordbatch
 */
export const AT = {
  firstOffset: 0,
  /** Of what follows this field. */
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const

export const MAGIC = 2

/** Bits of `attributes`; the lowest three are the place of the codec in `CODECS`. */
export const CODEC_BITS = 7
export const LOG_APPEND_TIME = 8
export const TRANSACTIONAL = 16
export const CONTROL = 32

export const CODECS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
