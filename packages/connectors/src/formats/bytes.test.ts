import { expect, it } from 'vitest'
import { bytes } from './bytes.ts'

it('gives the bytes of a message as they are, both ways', async () => {
  const codec = await bytes().openCodec({ signal: AbortSignal.abort() })
  const message = Buffer.from([0, 255, 10])
  expect(codec.decode(message)).toBe(message)
  expect(codec.encode(message, 'topic')).toBe(message)
})
