/**
 * The timestamp of a record that has none yet. Event times are ms since 1970 UTC; a record gets one from its source's
 * watermark strategy or from `assignTimestamps`.
 */
export const NO_TIMESTAMP: number = Number.NEGATIVE_INFINITY

/** The watermark before any record: nothing is late. */
export const MIN_WATERMARK: number = Number.NEGATIVE_INFINITY

/** The watermark at the end of bounded input: nothing more will come, every event-time timer is due. */
export const MAX_WATERMARK: number = Number.POSITIVE_INFINITY
