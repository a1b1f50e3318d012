import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { MillraceRulesError, parseRuleSet, parseRules, problemText, type RuleSet } from '@millrace/rules'
import { FoundWrong } from './command.ts'

/** The text of a file. */
export function readText(cwd: string, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8')
  } catch (error) {
    throw new FoundWrong(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** The rules of a file, in words or as JSON. */
export function readRules(cwd: string, file: string): { readonly rules: RuleSet; readonly text: string } {
  const text = readText(cwd, file)
  try {
    const rules = /\.json$/.test(file) ? parseRuleSet(parseJson(text, file)) : parseRules(text)
    return { rules, text }
  } catch (error) {
    if (!(error instanceof MillraceRulesError)) throw error
    throw new FoundWrong(`${file}: ${error.problems.map(problemText).join('\n')}`)
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FoundWrong(`${file} is no JSON`)
  }
}
