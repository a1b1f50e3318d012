/** What the library makes of answers. Offsets and producer ids are bigints as text. */
export interface Metadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly topicErrorCode: number
    readonly partitionMetadata: readonly {
      readonly partitionId: number
      readonly partitionErrorCode: number
      readonly leader: number
    }[]
  }[]
}

export interface FindCoordinator {
  readonly errorCode: number
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number }
}

export interface Offsets {
  readonly responses: readonly OfTopic<{ readonly offset: string }>[]
}

export interface OffsetFetch {
  readonly errorCode: number
  readonly responses: readonly OfTopic<{ readonly offset: string; readonly metadata: string | null }>[]
}

export interface OffsetCommit {
  readonly responses: readonly OfTopic<unknown>[]
}

interface OfTopic<P> {
  readonly topic: string
  readonly partitions: readonly (P & { readonly partition: number; readonly errorCode: number })[]
}

export interface AddPartitionsToTxn {
  readonly errors: readonly {
    readonly topic: string
    readonly partitionErrors: readonly { readonly partition: number; readonly errorCode: number }[]
  }[]
}

export interface Produce {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly errorCode: number
      readonly baseOffset: string
    }[]
  }[]
}

export interface EndTxn {
  readonly errorCode: number
}
