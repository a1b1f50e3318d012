import { invalidOption, text } from '../option-checks.ts'

/** @throws CONNECTOR_OPTION_INVALID */
export function parseQueueUrl(queueUrl: unknown): string {
  const url = text('queueUrl', queueUrl)
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && nameOfQueue(url) !== '') return url
  throw invalidOption('queueUrl', 'is no URL of a queue')
}

/** For errors and splits: no account, no host. */
export function nameOfQueue(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

export function isFifoQueue(queueUrl: string): boolean {
  return queueUrl.endsWith('.fifo')
}
