/** What the job of a page needs, and how what it leaves is seen. */
export interface GuideTrial {
  /** What was started, in a line. */
  readonly started: string
  /** Where the job finds it. */
  readonly env: Readonly<Record<string, string>>
  /** Files beside the job. */
  readonly files?: Readonly<Record<string, string>>
  /** Of a job that does not end: whether it has left what is to be seen. */
  readonly isComplete?: (lines: readonly string[]) => boolean
  /** What the job has left since it was asked last, a line each. */
  left(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Lines of JSON. */
export function ndjson(values: readonly unknown[]): string {
  return values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('')
}
