import type { TopicPartition } from './kafka-client.ts'

/** Requests name a topic once and then its partitions. */
export interface OfTopic<P> {
  readonly topic: string
  readonly partitions: readonly P[]
}

export function byTopic<P extends TopicPartition>(partitions: readonly P[]): OfTopic<P>[] {
  return [...Map.groupBy(partitions, (each) => each.topic)].map(([topic, of]) => ({ topic, partitions: of }))
}

/** In the order given: a topic is named again where another came between. */
export function byTopicInOrder<P extends TopicPartition>(partitions: readonly P[]): OfTopic<P>[] {
  const runs: { topic: string; partitions: P[] }[] = []
  for (const each of partitions) {
    const last = runs.at(-1)
    if (last?.topic === each.topic) last.partitions.push(each)
    else runs.push({ topic: each.topic, partitions: [each] })
  }
  return runs
}
