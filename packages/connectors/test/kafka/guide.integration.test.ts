import { expect, test } from 'vitest'
import { tryPage } from '../peers/try-page.ts'

test('the page of Kafka prints what it says, by its own command', { timeout: 180_000 }, async () => {
  const { command, says, prints } = await tryPage('kafka')
  expect(command).toContain('kafka')
  expect(prints).toBe(says)
})
