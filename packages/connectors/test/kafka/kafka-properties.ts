import { type KafkaInstallation, KEY_STORE_PASSWORD } from './install-kafka.ts'
import type { KafkaLayout, KafkaListener, KafkaNode } from './kafka-layout.ts'
import { kafkaUsers } from './kafka-users.ts'

const PROTOCOLS: Readonly<Record<KafkaListener, string>> = {
  PLAIN: 'PLAINTEXT',
  CONTROLLER: 'PLAINTEXT',
  SASL: 'SASL_PLAINTEXT',
  TLS: 'SSL',
  PROXIED: 'PLAINTEXT',
}

/** A node's `server.properties`: small, quick to settle, and with Kafka's own limits where a client meets them. */
export function kafkaProperties(
  layout: KafkaLayout,
  node: KafkaNode,
  listeners: readonly KafkaListener[],
  kafka: KafkaInstallation,
  sessionTimeoutMs: number,
): Record<string, string> {
  const replicas = String(Math.min(3, layout.nodes.length))
  const at = (listener: KafkaListener, port: number): string => `${listener}://127.0.0.1:${port}`
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    listeners: listeners.map((name) => at(name, node.ports[name])).join(','),
    'advertised.listeners': listeners
      .map((name) => at(name, name === 'PROXIED' ? node.ports.PROXY : node.ports[name]))
      .join(','),
    'listener.security.protocol.map': listeners.map((name) => `${name}:${PROTOCOLS[name]}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    'controller.quorum.voters': layout.nodes.map(({ id, ports }) => `${id}@127.0.0.1:${ports.CONTROLLER}`).join(','),

    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    // Kafka's own, named because the sink's promise rests on it.
    'transaction.max.timeout.ms': '900000',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',

    // A rebalance takes no longer than it must, and tests may ask for short sessions.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'group.consumer.min.session.timeout.ms': '1000',
    'group.consumer.min.heartbeat.interval.ms': '100',

    // Without it a restart waits until the session of the broker that was stopped has run out.
    'controlled.shutdown.enable': 'true',
    'broker.heartbeat.interval.ms': '200',
    'broker.session.timeout.ms': String(sessionTimeoutMs),

    'log.segment.bytes': String(64 * 1_024 * 1_024),
    'log.cleaner.dedupe.buffer.size': String(2 * 1_024 * 1_024),
    'num.io.threads': '4',
    'num.network.threads': '2',
    'background.threads': '2',
    ...(listeners.includes('SASL') ? security() : {}),
    ...(listeners.includes('TLS') ? encryption(kafka) : {}),
  }
}

/** Log-ins at one listener, permissions at all. Who comes in by another is `ANONYMOUS`, and may do anything: so tests prepare. */
function security(): Record<string, string> {
  const security = 'org.apache.kafka.common.security'
  const users = Object.values(kafkaUsers).map(({ username, password }) => `user_${username}="${password}"`)
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'listener.name.sasl.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required ${users.join(' ')};`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${kafkaUsers.admin.username};User:ANONYMOUS`,
  }
}

function encryption({ keyStore }: KafkaInstallation): Record<string, string> {
  return {
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': keyStore,
    'ssl.keystore.password': KEY_STORE_PASSWORD,
  }
}
