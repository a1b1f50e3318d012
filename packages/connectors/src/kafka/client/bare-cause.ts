/** A library's error with its text and stack only: what else it carries (responses, bytes, options) may hold records or secrets. */
export function bareCause(error: unknown, depth = 0): Error | undefined {
  if (!(error instanceof Error) || depth > 8) return undefined
  const bare = new Error(error.message, { cause: bareCause(error.cause, depth + 1) })
  bare.name = error.name
  if (error.stack !== undefined) bare.stack = error.stack
  return bare
}
