import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../../..')
const run = promisify(execFile)

/** What the section "Try it" of a page of the guide says that its command prints, and what it prints. */
export interface TriedPage {
  readonly command: string
  readonly says: string
  readonly prints: string
  readonly stderr: string
}

/** Runs the command of a page's section "Try it" as a reader would. */
export async function tryPage(name: string): Promise<TriedPage> {
  const page = readFileSync(join(root, `docs/guide/${name}.md`), 'utf8')
  const [, command = '', says = ''] = /## Try it\n[\s\S]*?```sh\n(.*)\n```\n\n```text\n([\s\S]*?)```/.exec(page) ?? []
  const { stdout, stderr } = await run(command, { cwd: root, shell: true })
  return { command, says, prints: stdout, stderr }
}
