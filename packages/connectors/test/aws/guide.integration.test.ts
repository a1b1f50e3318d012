import { expect, test } from 'vitest'
import { tryPage } from '../peers/try-page.ts'

test.for(['dynamodb', 'firehose', 'kinesis', 'notices', 's3', 'sns', 'sqs'])(
  'the page of %s prints what it says, by its own command',
  { timeout: 180_000 },
  async (name) => {
    const { command, says, prints, stderr } = await tryPage(name)
    expect(command).toContain(name)
    expect(prints).toBe(says)
    expect(stderr).not.toContain('A. Person')
  },
)
