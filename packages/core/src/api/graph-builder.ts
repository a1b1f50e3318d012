import { derivedOperatorId } from '../graph/operator-id.ts'
import type {
  OperatorNode,
  SinkNode,
  SourceNode,
  StreamEdge,
  StreamGraph,
  StreamNode,
  TimestampsNode,
} from '../graph/stream-graph.ts'

/** Names a step. The id ties it to its state and stands in errors, metrics and checkpoints: give one to whatever keeps state. */
export interface StepOptions {
  readonly id?: string
}

type NewNode = Omit<SourceNode, 'id'> | Omit<TimestampsNode, 'id'> | Omit<OperatorNode, 'id'> | Omit<SinkNode, 'id'>

/** Gathers the nodes of one job while it is written. */
export class GraphBuilder {
  readonly #name: string
  readonly #nodes: StreamNode[]

  constructor(name: string, nodes: readonly StreamNode[] = []) {
    this.#name = name
    this.#nodes = [...nodes]
  }

  /** Adds a node; what reads it. */
  add(node: NewNode, options: StepOptions = {}): StreamEdge {
    const id = options.id ?? this.#derivedId(node)
    this.#nodes.push({ ...node, id } as StreamNode)
    return { from: id }
  }

  graph(): StreamGraph {
    return { name: this.#name, nodes: [...this.#nodes] }
  }

  /** The graph with one more node, which is not kept. */
  graphWith(node: NewNode): StreamGraph {
    const copy = new GraphBuilder(this.#name, this.#nodes)
    copy.add(node)
    return copy.graph()
  }

  #derivedId(node: NewNode): string {
    for (let ordinal = 0; ; ordinal++) {
      const id = derivedOperatorId(node.kind, node.inputs, ordinal)
      if (this.#nodes.every((other) => other.id !== id)) return id
    }
  }
}
