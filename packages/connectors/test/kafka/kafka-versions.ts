// What `npm run test:real` installs; no other file names a version of it.

export const kafkaVersions = {
  /** By Maven, with all that they need. */
  artifacts: ['org.apache.kafka:kafka_2.13:4.4.0', 'org.slf4j:slf4j-simple:1.7.36'],
  mavenCopy: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
  /** The folder in the cache. Its last number goes up when what the installation makes there changes: users, certificate. */
  folder: 'kafka-4.4.0-1',
  /** The oldest Java that it is started with. */
  java: 17,
} as const
