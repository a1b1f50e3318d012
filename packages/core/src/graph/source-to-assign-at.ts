import type { SourceNode, StreamNode, TimestampsNode } from './stream-graph.ts'

/** The source that can give the timestamps of this step itself: it stands right behind it, and nothing else reads its records. */
export function sourceToAssignAt(nodes: readonly StreamNode[], node: TimestampsNode): SourceNode | undefined {
  const [edge] = node.inputs
  if (edge === undefined || node.inputs.length !== 1 || edge.tag !== undefined) return undefined
  const before = nodes.find(({ id }) => id === edge.from)
  if (before?.type !== 'source' || before.watermarks !== undefined) return undefined
  const readers = nodes
    .flatMap(({ inputs }) => inputs)
    .filter(({ from, tag }) => from === before.id && tag === undefined)
  return readers.length === 1 ? before : undefined
}
