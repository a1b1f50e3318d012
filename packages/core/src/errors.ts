/** What is known of each code: the advice that follows the message, and whether a restart may help. */
interface ErrorEntry {
  readonly advice: string
  readonly retryable?: boolean
}

/** One line a code; `docs/errors.md` says more. A test walks this table: each is thrown somewhere and documented. */
export const ERRORS = {
  CORE_KEY_INVALID: { advice: 'return a string, finite number, bigint, boolean or key(a, b) from the key selector' },
  CORE_NOT_KEYED: { advice: 'put a keyBy before the step: keyed state and timers need a key' },
  CORE_DURATION_INVALID: { advice: "write a whole number with ms, s, m, h or d, such as '30s', or a number of ms" },
  CORE_TIMESTAMP_INVALID: {
    advice: 'return ms since 1970 UTC as a finite number; mend or reject such a record before',
  },
  CORE_TIMESTAMP_MISSING: { advice: 'call assignTimestamps, or give the source a watermark strategy with a timestamp' },
  CORE_WINDOW_INVALID: {
    advice:
      'mend the window as the message says; sizes, slides, gaps and counts are positive whole numbers, a slide at most its size',
  },
  CORE_AGGREGATE_INVALID: { advice: 'pass an object whose values are aggregates such as count() or mean((r) => r.x)' },
  CORE_AGGREGATE_OVERFLOW: { advice: 'raise atMost, or take shorter windows or fewer records; nothing was left out' },
  CORE_JOB_INVALID: { advice: 'mend the job as the message says; nothing has run' },
  CORE_OPTION_INVALID: { advice: 'pass a value in the range that the message names' },
  CORE_USER_FUNCTION_FAILED: {
    advice: 'see the cause; the step, split and position of the record are named',
    retryable: true,
  },
  CORE_SOURCE_FAILED: { advice: 'see the cause; check that the source can be reached and read', retryable: true },
  CORE_SINK_FAILED: {
    advice: 'see the cause; nothing after the last completed checkpoint counts as written',
    retryable: true,
  },
  CORE_RECORD_REJECTED: { advice: "mend the data, or choose onReject: 'side-output' and read stream.rejected()" },
  CORE_CHECKPOINT_CORRUPT: { advice: 'restore the file from a copy, or remove the folder to start from the beginning' },
  CORE_CHECKPOINT_MISMATCH: { advice: 'resume with the job that wrote the checkpoint, or use another folder' },
  CORE_CHECKPOINT_FAILED: { advice: 'see the cause; check space and rights of the checkpoint folder', retryable: true },
  CORE_CHECKPOINT_TAKEN: {
    advice: 'it goes on there, and this one has ended; two jobs at a time need a folder each',
  },
  CORE_STATE_INCOMPATIBLE: {
    advice: 'restore with the code that wrote the state, or give the step a new id to start it empty',
  },
  CORE_CANCELLED: { advice: 'the job was cancelled; resume from its last checkpoint' },
  CORE_BUFFER_OVERFLOW: { advice: 'choose another overflow policy, a larger buffer, or a source that can wait' },
  CORE_NOT_AVAILABLE: { advice: 'this is not there yet; the message says what to use instead' },
} as const

/** The codes of this package; `docs/errors.md` says more of each. */
export type ErrorCode = keyof typeof ERRORS

/**
 * Every error that this package throws on purpose. `message` says what happened, then what to do. It carries a caller's
 * own value where the caller made a mistake; where data is at fault it carries a position and a reason, never a value.
 */
export class MillraceError extends Error {
  readonly code: ErrorCode
  /** The message without code and advice. */
  readonly what: string
  /** True where trying again from the last checkpoint may help. */
  readonly retryable: boolean

  /** `retryable` only where a cause knows better than the code. */
  constructor(code: ErrorCode, what: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    const entry: ErrorEntry = ERRORS[code]
    super(`${what} (${code}): ${entry.advice}`, options)
    this.name = 'MillraceError'
    this.code = code
    this.what = what
    this.retryable = options.retryable ?? entry.retryable ?? false
  }
}
