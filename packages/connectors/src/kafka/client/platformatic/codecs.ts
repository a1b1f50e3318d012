import type { Compression } from '../kafka-client.ts'
import { KafkaFault } from '../kafka-fault.ts'
import type { Decompress } from '../records/read-batches.ts'
import type { BatchCodecs } from '../records/write-batch.ts'
import type { Library } from './library.ts'

/** The library's codecs and checksum. `zstd` needs a Node that has it (22.15). */
export function codecsOf(library: Library): BatchCodecs & { readonly decompress: Decompress } {
  const algorithm = (codec: Compression) => {
    const found = library.compressionsAlgorithms[codec]
    if (!found.available) throw new KafkaFault('UNSUPPORTED', `this Node has no ${codec}; use a newer one`)
    return found
  }
  return {
    compress: (codec, bytes) => algorithm(codec).compressSync(bytes),
    decompress: (codec, bytes) => algorithm(codec).decompressSync(bytes),
    crc32c: (bytes) => library.crc32c(bytes),
  }
}
