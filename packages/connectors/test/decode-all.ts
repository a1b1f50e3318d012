import type { DecodedRows, DecoderPosition, Format } from '../src/formats/format.ts'

/** For tests: what a format makes of bytes that come in the given pieces, taken `max` rows at a time. */
export function decodeAll<T>(
  format: Format<T>,
  pieces: readonly Uint8Array[],
  max: number = 1_000,
  from?: DecoderPosition,
): { readonly rows: Required<DecodedRows<T>>; readonly positions: readonly DecoderPosition[] } {
  const decoder = format.createDecoder(from === undefined ? { split: 'test' } : { split: 'test', from })
  const rows: Required<DecodedRows<T>> = { values: [], lines: [], rejects: [], raws: [] }
  const positions: DecoderPosition[] = []
  const takeAll = (): void => {
    for (let taken = max; taken === max; ) {
      taken = decoder.take(max, rows)
      if (taken > 0) positions.push(decoder.position)
    }
  }
  for (const piece of pieces) {
    decoder.push(Buffer.from(piece))
    takeAll()
  }
  decoder.end()
  takeAll()
  return { rows, positions }
}

/** For tests: the bytes, cut at the given places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}
