import { type AuditEntry, verifyAudit } from '@millrace/rules'
import { takeArguments } from './arguments.ts'
import { type Command, FoundWrong } from './command.ts'
import { readText } from './read-rules.ts'

/** Looks whether an audit, a line of JSON an entry, is whole: nothing changed, removed, reordered. */
export const auditVerify: Command = {
  words: ['audit', 'verify'],
  usage: 'millrace audit verify FILE [--heads FILE]',
  run(args, { cwd, print }) {
    const { files, options } = takeArguments(args, { least: 1, most: 1 }, { optional: ['heads'] })
    const file = files[0] as string
    const entries = readText(cwd, file)
      .split('\n')
      .flatMap((line, i) => (line.trim() === '' ? [] : [parsed(line, `${file}, line ${i + 1}`) as AuditEntry]))
    const heads = typeof options.heads === 'string' ? parsed(readText(cwd, options.heads), options.heads) : undefined
    const report = verifyAudit(entries, heads === undefined ? {} : { heads: heads as never })
    const { broken } = report
    if (broken !== undefined) {
      print(`broken: ${broken.fault} at entry ${broken.index + 1}, place ${broken.seq} of its chain`)
      return 1
    }
    const chains = Object.keys(report.heads).length
    const repeats = report.repeats === 0 ? '' : `, ${report.repeats} of them repeats`
    print(`whole: ${report.entries} entries${repeats}, in ${chains} chain${chains === 1 ? '' : 's'}`)
    return 0
  },
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FoundWrong(`${where} is no JSON`)
  }
}
