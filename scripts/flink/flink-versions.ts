// What `npm run test:flink` installs; no other file names a version of it.

const FLINK_VERSION = '2.3.0'

export const flinkVersions = {
  flink: FLINK_VERSION,
  /** From PyPI: a wheel with the jars of Flink's distribution, all but the SQL gateway's. */
  libraries: `apache-flink-libraries==${FLINK_VERSION}`,
  /** By Maven. */
  sqlGateway: `org.apache.flink:flink-sql-gateway:${FLINK_VERSION}`,
  mavenCopy: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy',
  /** The oldest Java that it is started with. */
  java: 17,
} as const
