import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

test('removes what dead processes left under that name, and nothing else', () => {
  const name = `millrace-test-${process.pid}`
  const module = JSON.stringify(join(import.meta.dirname, 'temporary-folder.ts'))
  const leave = (under: string): string => {
    const program = `import { temporaryFolder } from ${module}
      process.stdout.write(temporaryFolder(${JSON.stringify(under)}))`
    return spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', program]).stdout.toString()
  }
  const [left, other, own] = [leave(name), leave(`${name}-other`), temporaryFolder(name)]
  expect([left, other, own].map((folder) => existsSync(folder))).toEqual([false, true, true])
  const second = temporaryFolder(name)
  expect(existsSync(own)).toBe(true)
  for (const folder of [other, own, second]) rmSync(folder, { recursive: true })
})
