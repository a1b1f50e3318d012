import { javaStringHash } from '../collections/murmur-hash.ts'
import type { StreamEdge } from './stream-graph.ts'

/**
 * The id of a node that the user has not named: its kind, and a hash of what it reads. `ordinal` tells apart nodes of one
 * kind that read the same. A step added elsewhere in the graph does not change it.
 */
export function derivedOperatorId(kind: string, inputs: readonly StreamEdge[], ordinal: number): string {
  const origin = inputs.map((edge) => `${edge.from}/${edge.tag ?? ''}${edge.input === 1 ? '>2' : ''}`).join('|')
  const hash = (javaStringHash(`${kind}<${origin}<${ordinal}`) >>> 0).toString(16).padStart(8, '0')
  return `${kind}-${hash}`
}
