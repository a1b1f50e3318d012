import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A new folder of this process in the system's temporary one. Those that processes left there under that name, for they were
 * killed, are removed.
 */
export function temporaryFolder(name: string): string {
  for (const entry of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${name}-(\\d+)-\\w{6}$`).exec(entry)?.[1]
    if (owner !== undefined && !isRunning(Number(owner)))
      rmSync(join(tmpdir(), entry), { recursive: true, force: true })
  }
  return mkdtempSync(join(tmpdir(), `${name}-${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and not ours to signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
