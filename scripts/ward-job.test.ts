import { expect, test } from 'vitest'
import { RESUMING, wardCommand } from './ward-job.ts'

test('reads how far a resumed ward had come', () => {
  expect(RESUMING.exec('resuming from checkpoint 12: 1,234,567 records')?.slice(1)).toEqual(['12', '1,234,567'])
})

test('starts the ward by its npm script unless told otherwise', () => {
  expect(wardCommand(undefined)).toEqual(['npm', 'start', '--silent', '--'])
  expect(wardCommand('node ward.ts')).toEqual(['node', 'ward.ts'])
})
