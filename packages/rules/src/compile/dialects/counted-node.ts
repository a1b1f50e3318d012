import type { CompareNode, SignalNode } from '../../expression/resolved.ts'

/** A comparison of several of a signal's last readings. */
export type CountedNode = CompareNode & {
  readonly value: SignalNode
  readonly counted: { readonly count: number; readonly of: number }
}

export function isCountedNode(node: CompareNode): node is CountedNode {
  return node.counted !== undefined && node.value.kind === 'signal'
}
