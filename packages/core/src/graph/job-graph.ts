import { javaStringHash } from '../collections/murmur-hash.ts'
import { sourceToAssignAt } from './source-to-assign-at.ts'
import type {
  OperatorNode,
  SinkNode,
  SourceNode,
  StreamEdge,
  StreamGraph,
  StreamNode,
  TimestampsNode,
} from './stream-graph.ts'

export type JobNode = SourceNode | TimestampsNode | OperatorNode | SinkNode

/** Steps that run as one: a direct call from one to the next. */
export interface JobTask {
  readonly id: string
  /** In an order in which inputs come before what reads them. */
  readonly nodes: readonly JobNode[]
  /** Ids of steps that run as one generated function, each list in the order of the records' way. */
  readonly fused: readonly (readonly string[])[]
}

/** What will run. */
export interface JobGraph {
  readonly name: string
  readonly tasks: readonly JobTask[]
  /** What was decided on the way, a line each, for `explain()`. */
  readonly decisions: readonly string[]
  /** Changes when a step is added, removed or changes its kind. */
  readonly fingerprint: string
}

/** Plans a job for one thread: all of its steps are chained in one task. */
export function planJob(graph: StreamGraph): JobGraph {
  const { nodes, decisions } = assignAtSources(graph.nodes)
  const fused = fuseSteps(nodes)
  for (const group of fused) decisions.push(`fused into one function: ${group.join(', ')}`)
  decisions.push('parallelism 1: every step is chained in one task; a keyBy routes nothing and costs one look-up')
  return {
    name: graph.name,
    tasks: [{ id: 'task-0', nodes, fused }],
    decisions,
    fingerprint: fingerprintOf(nodes),
  }
}

/**
 * Moves an `assignTimestamps` that stands right behind a source into it, where nothing else reads the source's records: there
 * each split has a watermark of its own, and bounded splits are read side by side in event time.
 */
function assignAtSources(nodes: readonly StreamNode[]): { nodes: JobNode[]; decisions: string[] } {
  const decisions: string[] = []
  const movedTo = new Map<string, StreamEdge>()
  const planned: JobNode[] = []
  for (const node of nodes) {
    const inputs = node.inputs.map((edge) => ({
      ...movedTo.get(edge.from),
      ...edge,
      from: movedTo.get(edge.from)?.from ?? edge.from,
    }))
    const source = node.type === 'timestamps' ? sourceToAssignAt(nodes, node) : undefined
    if (node.type === 'timestamps' && source !== undefined) {
      planned[planned.findIndex(({ id }) => id === source.id)] = { ...source, watermarks: node.watermarks }
      // How its records were to be dealt out is how the source's are now.
      movedTo.set(node.id, inputs[0] as StreamEdge)
      decisions.push(`${node.id} runs inside source '${source.id}': a watermark a split`)
    } else planned.push({ ...node, inputs })
  }
  return { nodes: planned, decisions }
}

/** Runs of at least two stateless steps, each the only reader of the one before it. */
function fuseSteps(nodes: readonly JobNode[]): string[][] {
  const groups: string[][] = []
  const groupOf = new Map<string, string[]>()
  for (const node of nodes) {
    if (node.type !== 'operator' || node.factory.fusable === undefined || node.inputs.length !== 1) continue
    const [edge] = node.inputs
    const before = edge !== undefined && edge.tag === undefined ? groupOf.get(edge.from) : undefined
    const isOnlyReader = nodes.flatMap((n) => n.inputs).filter(({ from }) => from === edge?.from).length === 1
    const group = before !== undefined && isOnlyReader ? before : []
    if (group.length === 0) groups.push(group)
    group.push(node.id)
    groupOf.set(node.id, group)
  }
  return groups.filter((group) => group.length > 1)
}

function fingerprintOf(nodes: readonly JobNode[]): string {
  const text = nodes.map((node) => `${node.id}:${node.kind}:${node.inputs.map(originOf).join(',')}`).join(';')
  return (javaStringHash(text) >>> 0).toString(16).padStart(8, '0')
}

/** An edge into the first input reads as it did before there were others, so that checkpoints of then still fit. */
function originOf(edge: StreamEdge): string {
  return edge.input === 1 ? `${edge.from}>2` : edge.from
}
