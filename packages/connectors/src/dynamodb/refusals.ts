import { AwsFault } from '../aws/aws-fault.ts'

/** Whether a write was not made since its condition did not hold. */
export function isConditionFailed(error: unknown): boolean {
  return error instanceof AwsFault && error.errorName === 'ConditionalCheckFailedException'
}
