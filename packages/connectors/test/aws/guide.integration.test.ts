import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const run = promisify(execFile)

test.for(['dynamodb', 'firehose', 'kinesis', 'notices', 's3', 'sns', 'sqs'])(
  'the page of %s prints what it says, by its own command',
  { timeout: 180_000 },
  async (name) => {
    const page = readFileSync(join(root, `docs/guide/${name}.md`), 'utf8')
    const [, command = '', expected] = /## Try it\n[\s\S]*?```sh\n(.*)\n```\n\n```text\n([\s\S]*?)```/.exec(page) ?? []
    expect(command).toContain(name)
    const { stdout, stderr } = await run(command, { cwd: root, shell: true })
    expect(stdout).toBe(expected)
    expect(stderr).not.toContain('A. Person')
  },
)
