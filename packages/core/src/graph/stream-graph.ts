import type { KeySelector, OperatorFactory } from '../operators/operator.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import type { Source } from '../operators/sources/source.ts'
import type { WatermarkStrategy } from '../time/watermark-strategy.ts'

import type { Partitioning } from './partitioning.ts'

/** What happens to a row that could not be made into a record. */
export type RejectPolicy = 'fail' | 'side-output' | 'count'

/** Where a node's records come from: a node's main output, or the side output that `tag` names. */
export interface StreamEdge {
  readonly from: string
  readonly tag?: string
  /** Set where the stream is keyed: records of one key meet in one subtask. */
  readonly keyBy?: KeySelector<unknown>
  /** How records are dealt out to the subtasks of the step. Where it is absent: by key if there is one, else forward. */
  readonly partitioning?: Partitioning
  /** Which input of the step it feeds, for a step with two. Default 0, the first; several edges may feed one. */
  readonly input?: 0 | 1
}

interface Node {
  /** Stable across restarts: ties a step to its state. The user's own, or derived from kind and place in the graph. */
  readonly id: string
  readonly kind: string
  readonly inputs: readonly StreamEdge[]
  readonly detail?: string
}

export interface SourceNode extends Node {
  readonly type: 'source'
  readonly source: Source<unknown>
  readonly watermarks?: WatermarkStrategy<unknown>
  readonly onReject: RejectPolicy
}

export interface TimestampsNode extends Node {
  readonly type: 'timestamps'
  readonly watermarks: WatermarkStrategy<unknown>
}

export interface OperatorNode extends Node {
  readonly type: 'operator'
  readonly factory: OperatorFactory<unknown, unknown, unknown>
}

export interface SinkNode extends Node {
  readonly type: 'sink'
  readonly sink: Sink<unknown>
}

export type StreamNode = SourceNode | TimestampsNode | OperatorNode | SinkNode

/** What the user meant: nodes in the order in which they were added, inputs before what reads them. */
export interface StreamGraph {
  readonly name: string
  readonly nodes: readonly StreamNode[]
}

/** The side output under which a source's rejected rows are read. */
export const REJECTED_TAG = 'rejected'
