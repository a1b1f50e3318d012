const WIDTH = Float64Array.BYTES_PER_ELEMENT
const IS_LITTLE_ENDIAN = new Uint8Array(Float64Array.of(1).buffer)[WIDTH - 1] !== 0

/** Numbers as they are stored, the same bytes on every machine: eight each, little endian. */
export function bytesOf(numbers: Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.slice().buffer)
  return IS_LITTLE_ENDIAN ? bytes : turned(bytes)
}

export function numbersOf(bytes: Uint8Array): Float64Array {
  // A copy begins where numbers may begin.
  const copy = bytes.slice()
  return new Float64Array((IS_LITTLE_ENDIAN ? copy : turned(copy)).buffer)
}

/** Each eight bytes the other way round, in place. */
export function turned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at += WIDTH) bytes.subarray(at, at + WIDTH).reverse()
  return bytes as Uint8Array<ArrayBuffer>
}
