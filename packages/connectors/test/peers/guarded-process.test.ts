import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GuardedProcess } from './guarded-process.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-guarded-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

// Says who it is; an end that is asked for gently is noted.
const command = ['sh', '-c', 'trap "echo gently; exit" TERM; echo $$; while :; do sleep 0.05; done']
const log = (): string => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '')
const started = (): Promise<number> => vi.waitUntil(() => Number(log()), { timeout: 10_000 })

describe.skipIf(process.platform === 'win32')('GuardedProcess', () => {
  test('stop ends it gently, kill does not, and neither leaves it running', async () => {
    const stopped = new GuardedProcess('a', command, {}, join(folder, 'log'))
    const first = await started()
    await stopped.stop()
    expect(log()).toContain('gently')
    expect(isThere(first)).toBe(false)
    rmSync(join(folder, 'log'))

    const killed = new GuardedProcess('b', command, {}, join(folder, 'log'))
    const second = await started()
    expect(isThere(second)).toBe(true)
    await killed.kill()
    expect(log()).not.toContain('gently')
    expect(isThere(second)).toBe(false)
    expect([stopped.isRunning, killed.isRunning]).toEqual([false, false])
  })

  test('it ends with a parent that is killed', async () => {
    const module = join(import.meta.dirname, 'guarded-process.ts')
    const program = `import { GuardedProcess } from ${JSON.stringify(module)}
      new GuardedProcess('c', ${JSON.stringify(command)}, {}, ${JSON.stringify(join(folder, 'log'))})`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], { stdio: 'inherit' })
    const pid = await started()
    parent.kill('SIGKILL')
    await vi.waitUntil(() => !isThere(pid), { timeout: 10_000 })
  })
})

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
