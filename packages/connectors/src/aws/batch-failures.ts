import type { EntryFailure } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { awsError } from './aws-error.ts'
import { AwsFault, awsFault } from './aws-fault.ts'

/** What a single entry of a batch met, from what the service says of it. A fault that is not the sender's may pass. */
export function entryFailure(what: string, code: string | undefined, isSendersFault: boolean): EntryFailure {
  const fault = awsFault({ name: code })
  return { retryable: fault.retryable || !isSendersFault, error: awsError(what, fault) }
}

/** What every entry of a request met that failed as a whole. */
export function requestFailure(what: string, error: unknown): EntryFailure {
  const knows = error instanceof MillraceConnectorError || error instanceof AwsFault
  return { retryable: (knows ? error : awsFault(error)).retryable, error: awsError(what, error) }
}
