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

/** What the file of a page exports. */
export interface GuidePage {
  /** What this machine lacks of what `start` needs, each with what to do about it. */
  missing?(): Promise<readonly string[]>
  /** Fetches what `start` starts, where it is not there yet. */
  install?(signal: AbortSignal): Promise<unknown>
  start(signal: AbortSignal): Promise<GuideTrial>
}

/** Lines of JSON. */
export function ndjson(values: readonly unknown[]): string {
  return values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('')
}
