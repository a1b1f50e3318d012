import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatRules, MillraceRulesError } from '@millrace/rules'
import { takeArguments } from './arguments.ts'
import { type Command, FoundWrong } from './command.ts'
import { readText } from './read-rules.ts'

/** Lays rules in words out anew, comments and all. With --check nothing is written. */
export const rulesFormat: Command = {
  words: ['rules', 'format'],
  usage: 'millrace rules format [--check] FILE...',
  run(args, { cwd, print }) {
    const { files, options } = takeArguments(args, { least: 1, most: Infinity }, { flags: ['check'] })
    let isWrong = false
    for (const file of files) {
      const text = readText(cwd, file)
      const formatted = layOut(text, file)
      if (formatted === text) print(`${file}: as it should be`)
      else if (options.check === true) {
        isWrong = true
        print(`${file}: would be laid out anew`)
      } else {
        writeFileSync(resolve(cwd, file), formatted)
        print(`${file}: laid out anew`)
      }
    }
    return isWrong ? 1 : 0
  },
}

function layOut(text: string, file: string): string {
  try {
    return formatRules(text)
  } catch (error) {
    if (error instanceof MillraceRulesError) throw new FoundWrong(`${file}: ${error.message}`)
    throw error
  }
}
