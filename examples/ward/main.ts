import { parseCommand, USAGE } from './options.ts'
import { runWard } from './run-ward.ts'

// The main job: a ward, generated or recorded, from its readings to alarms, windows and a lake under SQL.
try {
  const command = parseCommand(process.argv.slice(2))
  if (command === 'help') process.stdout.write(USAGE)
  else process.exitCode = await runWard(command)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? describe(error) : String(error)}\n`)
  process.exitCode = 1
}

/** The message of an error and of what caused it; a stack helps no one who has mistyped a folder. */
function describe(error: Error): string {
  const cause = error.cause instanceof Error ? `\n  because: ${describe(error.cause)}` : ''
  return `${error.message}${cause}`
}
