import { memoryUsage } from 'node:process'

/** What is held now, on the heap and in buffers beside it, once what can go has gone. Takes as long as a whole collection does. */
export function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}
