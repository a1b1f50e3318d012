import { auditVerify } from './audit-verify.ts'
import { type Command, FoundWrong, type Terminal, UsageError } from './command.ts'
import { rulesCheck } from './rules-check.ts'
import { rulesFormat } from './rules-format.ts'
import { rulesBack, rulesHistory, rulesRelease } from './rules-release.ts'
import { rulesTry } from './rules-try.ts'

const COMMANDS: readonly Command[] = [
  rulesCheck,
  rulesFormat,
  rulesTry,
  rulesRelease,
  rulesBack,
  rulesHistory,
  auditVerify,
]

/** Runs a command by its words. Gives the exit code: 0 all is well, 1 something was found wrong, 2 called wrongly. */
export async function millrace(
  args: readonly string[],
  terminal: Terminal & { complain(line: string): void },
): Promise<number> {
  const usage = [
    'millrace: clinical alarm rules from a terminal',
    '',
    ...COMMANDS.map((command) => `  ${command.usage}`),
  ]
  if (args.length === 0 || args[0] === '--help' || args[0] === 'help') {
    for (const line of usage) terminal.print(line)
    return args.length === 0 ? 2 : 0
  }
  const command = COMMANDS.find(({ words }) => words.every((word, i) => args[i] === word))
  if (command === undefined) {
    terminal.complain(`there is no command "${args.slice(0, 2).join(' ')}"`)
    for (const line of usage.slice(2)) terminal.complain(line)
    return 2
  }
  try {
    return await command.run(args.slice(command.words.length), terminal)
  } catch (error) {
    if (error instanceof FoundWrong) terminal.complain(error.message)
    else if (error instanceof UsageError) terminal.complain(`${error.message}\n${command.usage}`)
    else throw error
    return error instanceof UsageError ? 2 : 1
  }
}
