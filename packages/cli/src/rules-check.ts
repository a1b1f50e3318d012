import type { RuleSet } from '@millrace/rules'
import { takeArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { readRules } from './read-rules.ts'

/** Says what is wrong with rules, and where; or what they are. */
export const rulesCheck: Command = {
  words: ['rules', 'check'],
  usage: 'millrace rules check FILE...',
  run(args, { cwd, print }) {
    const { files } = takeArguments(args, { least: 1, most: Infinity }, {})
    for (const file of files) print(`${file}: ${summaryOf(readRules(cwd, file).rules)}`)
    return 0
  },
}

/** How many rules there are of each priority, and their version. */
export function summaryOf({ rules, tables = [], version }: RuleSet): string {
  const rows = tables.flatMap((table) => table.rows)
  const all = [...rules, ...rows.filter(({ priority }) => priority !== undefined)]
  const counts = (['high', 'medium', 'low'] as const)
    .map((priority) => [all.filter((rule) => rule.priority === priority).length, priority] as const)
    .filter(([count]) => count > 0)
  const of = counts.map(([count, priority]) => `${count} ${priority}`).join(', ')
  return `${all.length} rule${all.length === 1 ? '' : 's'}${of === '' ? '' : ` (${of})`}, version ${shortVersion(version)}`
}

export function shortVersion(version: string): string {
  return version.replace('sha256:', '').slice(0, 12)
}
