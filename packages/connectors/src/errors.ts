/** What is known of each code: the advice that follows the message, and whether a restart may help. */
interface ErrorEntry {
  readonly advice: string
  readonly retryable?: boolean
}

/** One line a code; `docs/errors.md` says more. A test walks this table: each is thrown somewhere. */
export const CONNECTOR_ERRORS = {
  CONNECTOR_OPTION_INVALID: { advice: 'pass a value in the range that the message names' },
  CONNECTOR_PEER_MISSING: { advice: 'install the optional peer that the message names' },
  CONNECTOR_DISK_FULL: {
    advice: 'make room, then resume from the last checkpoint; what is committed is whole',
    retryable: true,
  },
  CONNECTOR_CALL_TIMED_OUT: {
    advice: 'check that the system is up and reachable, or allow more time',
    retryable: true,
  },
  CONNECTOR_CIRCUIT_OPEN: { advice: 'see the cause; one call is let through from time to time', retryable: true },
  FORMAT_SCHEMA_ASYNC: { advice: 'use a schema that validates synchronously; ask other systems in a step of the job' },
  FORMAT_CSV_HEADER_INVALID: { advice: 'mend the header line, or pass columns and header: true to name them yourself' },
  FORMAT_CSV_COLUMN_MISSING: { advice: 'check that this is the right file and delimiter, or change requires' },
  FORMAT_REGISTRY_UNREACHABLE: {
    advice: 'see the cause; check that the schema registry is up and that this machine reaches it',
    retryable: true,
  },
  FORMAT_REGISTRY_REFUSED: { advice: "check the registry's url, and that auth is right and may read (or register)" },
  FORMAT_SCHEMA_REFUSED: { advice: 'register a schema that its subject takes, or write by one that is registered' },
  FORMAT_ENCODE_FAILED: {
    advice: 'map the record to what the format holds before the sink (for JSON no bigint, no cycle, not undefined)',
  },
  FILE_DIRECTORY_UNREADABLE: { advice: 'check that the folder exists and that this user may list it', retryable: true },
  FILE_NONE_FOUND: { advice: 'check the folder, the extensions and recursive' },
  FILE_UNREADABLE: { advice: 'check that the file exists and that this user may read it', retryable: true },
  FILE_VANISHED: { advice: 'put the file back as it was, or start without the checkpoint', retryable: true },
  FILE_TRUNCATED: { advice: 'put the file back as it was, or start without the checkpoint' },
  FILE_CHANGED: { advice: 'put the file back as it was, or start without the checkpoint' },
  FILE_TARGET_EXISTS: { advice: "resume the job that wrote it, choose another path, or pass whenExists: 'append'" },
  FILE_TARGET_TRUNCATED: { advice: 'put the target back as it was, or start again with an empty one' },
  FILE_TARGET_CHANGED: { advice: 'let nothing else write to the target; put it back as it was' },
  FILE_PENDING_LOST: { advice: 'put the pending file back beside the target, or start again with an empty target' },
  FILE_WRITE_FAILED: { advice: 'see the cause; check space and rights of the folder', retryable: true },
  LAKE_DIRECTORY_UNUSABLE: { advice: 'check that the folder can be made, listed and written by this user' },
  LAKE_TABLE_INVALID: { advice: 'mend the declaration as the message says; nothing has been written' },
  LAKE_SCHEMA_MISMATCH: { advice: 'declare the columns that the table has, or write to a table of another name' },
  LAKE_TABLE_EXISTS: { advice: "resume the job that wrote it, use another table, or pass whenExists: 'append'" },
  LAKE_VALUE_INVALID: { advice: "map the record to its columns' types before the sink, or change the column's type" },
  LAKE_FILE_LOST: {
    advice: 'put the file back under .pending, or restore an older copy of the lake and its checkpoint',
  },
  LAKE_WRITE_FAILED: { advice: 'see the cause; check space, rights and the memory limit', retryable: true },
  LAKE_QUERY_FAILED: { advice: 'mend the SQL; tables are raw.X, staging.X, curated.X and rejects.X' },
  KAFKA_UNREACHABLE: {
    advice: 'check brokers, the network and that the brokers run; they may be back soon',
    retryable: true,
  },
  KAFKA_AUTHENTICATION_FAILED: {
    advice: 'check sasl (mechanism, user, password or token) and tls against the listener',
  },
  KAFKA_NOT_AUTHORIZED: { advice: "grant this user what the message names, by the cluster's ACLs" },
  KAFKA_TOPIC_MISSING: { advice: 'create the topic, or mend its name; topics are never created by a job' },
  KAFKA_TOPIC_CHANGED: {
    advice: 'the offsets of the checkpoint are of another topic: start without it, or bring the topic back',
  },
  KAFKA_OFFSET_OUT_OF_RANGE: {
    advice:
      "records are gone for good: pass onLostRecords: 'continue' to go on behind the gap, and keep records longer",
  },
  KAFKA_RECORD_TOO_LARGE: {
    advice: "send less in a record, or raise the topic's max.message.bytes (and what reads it)",
  },
  KAFKA_FENCED: {
    advice:
      'let one instance of a job run at a time, with a transactionalIdPrefix that no other job has; then start it again',
  },
  KAFKA_TRANSACTION_LOST: {
    advice:
      "read these offsets as a consumer of committed records: seen, nothing is lost (an older checkpoint, or two instances); not seen, go back to a source position before them, or pass onLostTransaction: 'continue'",
  },
  KAFKA_TRANSACTION_TIMED_OUT: {
    advice: 'the job goes on from its last checkpoint; checkpoint more often, or raise transactionTimeout',
    retryable: true,
  },
  KAFKA_TRANSACTION_TIMEOUT_INVALID: {
    advice:
      "let transactionTimeout be longer than a checkpoint's interval and a restart, and at most the brokers' transaction.max.timeout.ms",
  },
  KAFKA_REQUEST_FAILED: { advice: 'see the name of the fault in the documentation of Kafka', retryable: true },
  AWS_UNREACHABLE: {
    advice: 'check the region, the endpoint and the network; the service may be back soon',
    retryable: true,
  },
  AWS_THROTTLED: {
    advice: 'it was slowed down for longer than retryFor: ask for more throughput, or send and read less',
    retryable: true,
  },
  AWS_UNAVAILABLE: {
    advice: 'the service could not answer for longer than retryFor; try again later',
    retryable: true,
  },
  AWS_NOT_AUTHORIZED: {
    advice: 'check the credentials of this process, and that their policy allows the operation that the message names',
  },
  AWS_RESOURCE_MISSING: { advice: 'create what the message names, or mend its name, region and account' },
  AWS_REQUEST_REFUSED: { advice: "see the name of the fault in the service's documentation" },
  DYNAMODB_ITEM_INVALID: { advice: 'map the record to what an item holds before the sink, or in item' },
  DYNAMODB_STREAM_MISSING: { advice: 'turn on the stream of the table, with the view that the job needs' },
  DYNAMODB_CHANGES_LOST: {
    advice: "begin anew without the checkpoint and read the table itself, or go on with onLostRecords: 'continue'",
  },
  DYNAMODB_TRANSACTION_REFUSED: {
    advice: "see the reasons, in the order of the transaction's items; the transaction was not made",
  },
  KINESIS_RECORDS_LOST: {
    advice:
      "records are gone for good: pass onLostRecords: 'continue' to go on with the oldest there is, and keep records longer",
  },
  KINESIS_RECORD_TOO_LARGE: {
    advice: "send less in a record, or raise the stream's limit for records and maxRecordBytes with it",
  },
  FIREHOSE_RECORD_TOO_LARGE: { advice: 'send less in a record; the service takes no larger one' },
  NOTICE_UNDELIVERED: {
    advice: "see that its recipient can be reached; whenUndelivered: 'continue' counts such notices and goes on",
    retryable: true,
  },
  SNS_MESSAGE_TOO_LARGE: { advice: 'let out less in a message; the service takes no larger one' },
  SNS_MESSAGE_INVALID: { advice: 'mend the template: it makes of this record what the service does not take' },
  SQS_MESSAGE_TOO_LARGE: {
    advice: "send less in a message, or raise the queue's limit for messages and maxMessageBytes with it",
  },
  SQS_MESSAGE_INVALID: { advice: 'map the record to a text before the sink: a queue carries no other bytes' },
  SQS_DEAD_LETTER_MISSING: { advice: "give the queue a redrive policy, or leave out poison: 'dead-letter'" },
  S3_TARGET_EXISTS: { advice: "resume the job that wrote it, use another prefix, or pass whenExists: 'append'" },
  S3_OBJECTS_AHEAD: {
    advice:
      "see that no newer instance of the job runs; if this one went back to an older checkpoint, remove those objects or pass whenAhead: 'remove'",
  },
  S3_OBJECT_EXISTS: {
    advice:
      'nothing was written over: let one sink alone write under its prefix, and one instance of a job run at a time',
  },
  S3_UPLOAD_LOST: {
    advice:
      "those records are in no object: go back to a source position before them, or pass onLostUpload: 'continue'; let lifecycle rules keep uploads for longer than the job can be down",
  },
  S3_OBJECT_GONE: { advice: 'put the object back as it was, or start without the checkpoint' },
  S3_OBJECT_CHANGED: { advice: 'put the object back as it was, or start without the checkpoint' },
  S3_OBJECT_DAMAGED: {
    advice: 'put a whole object there; pass gzip: false where it only looks compressed by its name',
  },
  S3_CONDITIONS_IGNORED: { advice: 'use a store that heeds If-None-Match and If-Match, as Amazon S3 does' },
  S3_TIME_INVALID: {
    advice: "give the source a watermark strategy with a timestamp, or pass hourOf: 'processing-time'",
  },
  LAKE_CLOSED: { advice: 'open the lake again, and close it after its last query and after the job' },
} as const

export type ConnectorErrorCode = keyof typeof CONNECTOR_ERRORS

/**
 * Every error that this package throws on purpose. `message` says what happened, then what to do. It carries a caller's
 * own value where the caller made a mistake; where data is at fault it carries a position and a reason, never a value.
 */
export class MillraceConnectorError extends Error {
  readonly code: ConnectorErrorCode
  /** True where trying again from the last checkpoint may help. */
  readonly retryable: boolean

  constructor(code: ConnectorErrorCode, what: string, options: { cause?: unknown } = {}) {
    const entry: ErrorEntry = CONNECTOR_ERRORS[code]
    super(`${what} (${code}): ${entry.advice}`, options)
    this.name = 'MillraceConnectorError'
    this.code = code
    this.retryable = entry.retryable ?? false
  }
}

/** The error for a failed write: `CONNECTOR_DISK_FULL` where the cause says so, else `otherwise`. */
export function writeError(otherwise: ConnectorErrorCode, what: string, cause: unknown): MillraceConnectorError {
  if (cause instanceof MillraceConnectorError) return cause
  return new MillraceConnectorError(isDiskFull(cause) ? 'CONNECTOR_DISK_FULL' : otherwise, what, { cause })
}

/** The system's code of an error (`ENOENT`), or the empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function isDiskFull(cause: unknown): boolean {
  if (['ENOSPC', 'EFBIG', 'EDQUOT'].includes(systemCode(cause))) return true
  return cause instanceof Error && /No space left on device|File too large|Disk quota exceeded/.test(cause.message)
}
