import type { NodeId } from './client/kafka-client.ts'
import type { KafkaCluster } from './cluster.ts'
import type { Routes } from './producer.ts'

/** Who leads which partition, by what a cluster knows. */
export function clusterRoutes(cluster: Pick<KafkaCluster, 'known' | 'topic' | 'forgetTopic'>): Routes {
  return {
    leaderOf: (topic, partition): NodeId | undefined => {
      const partitions = cluster.known(topic)?.partitions ?? []
      const atItsPlace = partitions[partition]
      if (atItsPlace?.partition === partition) return atItsPlace.leader
      return partitions.find((each) => each.partition === partition)?.leader
    },
    refresh: async (topic) => {
      cluster.forgetTopic(topic)
      await cluster.topic(topic)
    },
  }
}
