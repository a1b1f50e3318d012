import { MillraceError } from '../errors.ts'
import { sourceToAssignAt } from './source-to-assign-at.ts'
import { type OperatorNode, REJECTED_TAG, type StreamEdge, type StreamGraph, type StreamNode } from './stream-graph.ts'

/**
 * Looks for every mistake that can be seen before anything runs.
 *
 * @throws CORE_JOB_INVALID with all of them, a line each.
 */
export function validateGraph(graph: StreamGraph): void {
  const mistakes = [
    ...structureMistakes(graph),
    ...graph.nodes.flatMap((node) => nodeMistakes(graph, node)),
    ...deliveryMistakes(graph),
  ]
  if (mistakes.length > 0) {
    throw new MillraceError('CORE_JOB_INVALID', `job '${graph.name}' cannot run:\n  - ${mistakes.join('\n  - ')}\n`)
  }
}

function structureMistakes(graph: StreamGraph): string[] {
  const mistakes: string[] = []
  if (graph.nodes.length === 0) mistakes.push('it has no source: start with env.fromSource, fromArray or fromIterable')
  else if (!graph.nodes.some((node) => node.type === 'sink')) {
    mistakes.push('nothing is done with its results: end a stream with sinkTo, print or executeAndCollect')
  }
  const seen = new Set<string>()
  for (const { id } of graph.nodes) {
    if (seen.has(id)) mistakes.push(`two steps have the id '${id}': ids tie steps to their state and must differ`)
    seen.add(id)
  }
  return mistakes
}

function nodeMistakes(graph: StreamGraph, node: StreamNode): string[] {
  const mistakes: string[] = []
  if (node.type === 'timestamps' && node.watermarks.alignment !== undefined) {
    if (sourceToAssignAt(graph.nodes, node) === undefined) {
      mistakes.push(
        `step '${node.id}' (${node.kind}) is aligned with '${node.watermarks.alignment.group}', but there is no source right before it that could be paused: give the source the strategy`,
      )
    }
  }
  if (node.type === 'operator') {
    mistakes.push(...inputMistakes(node))
    if (
      node.factory.needsTimestamps === true &&
      !node.inputs.every((edge) => hasTimestamps(graph, edge.from, edge.tag))
    ) {
      mistakes.push(
        `step '${node.id}' (${node.kind}) works in event time, but its records have no timestamps: call assignTimestamps before it, or give the source watermarks with a timestamp`,
      )
    }
  }
  mistakes.push(...partitioningMistakes(node))
  for (const edge of node.inputs) {
    const from = graph.nodes.find((n) => n.id === edge.from)
    if (from === undefined) mistakes.push(`step '${node.id}' reads '${edge.from}', which is not in this job`)
    else if (edge.tag !== undefined) {
      const tags = sideOutputsOf(from)
      if (tags !== undefined && !tags.includes(edge.tag)) {
        mistakes.push(
          `step '${node.id}' reads the side output '${edge.tag}' of '${from.id}', which has ${tags.length === 0 ? 'none' : `only ${tags.map((t) => `'${t}'`).join(', ')}`}`,
        )
      }
    }
  }
  if (node.type === 'source' && node.onReject === 'side-output') {
    const isRead = graph.nodes.some((n) => n.inputs.some((e) => e.from === node.id && e.tag === REJECTED_TAG))
    if (!isRead) {
      mistakes.push(
        `source '${node.id}' sends rejects to a side output that nobody reads: read rejected(), or choose onReject 'count'`,
      )
    }
  }
  return mistakes
}

/** Where records go by key they cannot go otherwise; a round robin before a keyBy says nothing, and is passed over. */
function partitioningMistakes(node: StreamNode): string[] {
  return node.inputs.flatMap(({ from, keyBy, partitioning }) => {
    if (keyBy === undefined || partitioning === undefined) return []
    switch (partitioning.kind) {
      case 'rebalance':
      case 'rescale':
        return []
      case 'broadcast':
        return [
          `step '${node.id}' is keyed, but '${from}' is broadcast to it: each subtask would handle every key; use connectBroadcast`,
        ]
      default:
        return [
          `step '${node.id}' is keyed, but the records of '${from}' are partitioned otherwise (${partitioning.kind}) before the keyBy: remove one of the two`,
        ]
    }
  })
}

/** Each input fed, and keyed where the step needs a key. */
function inputMistakes(node: OperatorNode): string[] {
  const { keyed, secondInput } = node.factory
  const step = `step '${node.id}' (${node.kind})`
  const feeding = (input: 0 | 1): readonly StreamEdge[] => node.inputs.filter((edge) => (edge.input ?? 0) === input)
  const mistakes: string[] = []
  if (keyed && feeding(0).some((edge) => edge.keyBy === undefined)) {
    mistakes.push(`${step} needs a key: put a keyBy before it`)
  }
  if (secondInput === 'keyed' && feeding(1).some((edge) => edge.keyBy === undefined)) {
    mistakes.push(`${step} needs a key on its second input too: connect it with a keyed stream`)
  }
  if (secondInput === undefined && feeding(1).length > 0) {
    mistakes.push(`${step} takes one input, but is connected with a second: give it to \`transform\` of one stream`)
  }
  if (secondInput !== undefined && (feeding(0).length === 0 || feeding(1).length === 0)) {
    mistakes.push(`${step} takes two inputs, but has one: use \`connect\``)
  }
  return mistakes
}

function deliveryMistakes(graph: StreamGraph): string[] {
  return graph.nodes.flatMap((node) => {
    if (node.type !== 'sink' || node.sink.delivery !== 'exactly-once') return []
    return sourcesOf(graph, node.id)
      .filter((source) => source.type === 'source' && !source.source.replayable)
      .map(
        (source) =>
          `sink '${node.id}' promises exactly once, but source '${source.id}' cannot be read again after a failure`,
      )
  })
}

/** The side outputs that a node can have; `undefined` where that is not known beforehand. */
function sideOutputsOf(node: StreamNode): readonly string[] | undefined {
  switch (node.type) {
    case 'source':
      return node.onReject === 'side-output' ? [REJECTED_TAG] : []
    case 'operator':
      return node.factory.sideOutputs
    case 'timestamps':
    case 'sink':
      return []
  }
}

/** True where records have event times. Rejects have none; other side outputs are as their step's input. */
function hasTimestamps(graph: StreamGraph, id: string, tag: string | undefined): boolean {
  const node = graph.nodes.find((n) => n.id === id)
  if (node === undefined || node.type === 'sink') return false
  if (node.type === 'timestamps') return true
  if (node.type === 'source') return tag === undefined && node.watermarks?.timestampOf !== undefined
  return node.inputs.every((edge) => hasTimestamps(graph, edge.from, edge.tag))
}

function sourcesOf(graph: StreamGraph, id: string): StreamNode[] {
  const node = graph.nodes.find((n) => n.id === id)
  if (node === undefined) return []
  return node.inputs.length === 0 ? [node] : node.inputs.flatMap((edge) => sourcesOf(graph, edge.from))
}
