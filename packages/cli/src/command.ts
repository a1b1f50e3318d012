/** What a command writes to and works in. */
export interface Terminal {
  readonly cwd: string
  print(line: string): void
  now(): Date
}

/** One command: what stands behind its words. Gives the exit code. */
export interface Command {
  readonly words: readonly string[]
  readonly usage: string
  run(args: readonly string[], terminal: Terminal): Promise<number> | number
}

/** A command that was called wrongly: what to do is the message. */
export class UsageError extends Error {}

/** What is wrong with what a command was given, in words for whoever gave it. */
export class FoundWrong extends Error {}
