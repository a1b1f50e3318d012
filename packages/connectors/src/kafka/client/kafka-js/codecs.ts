import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Compression } from '../kafka-client.ts'
import { KafkaFault } from '../kafka-fault.ts'
import type { Decompress } from '../records/read-batches.ts'
import type { BatchCodecs } from '../records/write-batch.ts'
import type { Library } from './library.ts'

/** The codecs that Node has; `kafkajs` brings no others. */
export function codecsOf(library: Library): BatchCodecs & { readonly decompress: Decompress } {
  return {
    compress: (codec, bytes) => {
      if (codec === 'gzip') return gzipSync(bytes)
      if (codec === 'zstd') return zstdCompressSync(bytes)
      throw missing(codec)
    },
    decompress: (codec, bytes) => {
      if (codec === 'gzip') return gunzipSync(bytes)
      if (codec === 'zstd') return zstdDecompressSync(bytes)
      throw missing(codec)
    },
    crc32c: (bytes) => library.crc32c(bytes),
  }
}

function missing(codec: Compression): KafkaFault {
  return new KafkaFault('UNSUPPORTED', `kafkajs has no ${codec}: use gzip or zstd, or platformatic(), which has it`)
}
