// What `npm run test:real` installs for the services of AWS; no other file names a version of it.

export const awsVersions = {
  /** By pip, into an environment of its own. */
  ministack: 'ministack==1.5.33',
  ministackFolder: 'ministack-1.5.33-1',
  /** By Maven, with all that it needs. */
  dynamoDbLocal: 'com.amazonaws:DynamoDBLocal:2.6.1',
  dynamoDbFolder: 'dynamodb-local-2.6.1-1',
  mavenCopy: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
  /** The oldest Java that it is started with. */
  java: 17,
} as const
