import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { flinkVersions } from './flink-versions.ts'

const execute = promisify(execFile)
const INSTALL_LIMIT_MS = 300_000

/** The programs that a Flink needs here and that this machine has not, each with what to do about it. */
export async function missingPrograms(): Promise<string[]> {
  const missing: string[] = []
  const java = await execute('java', ['-version']).catch(() => undefined)
  const version = Number(/version "(\d+)/.exec(java?.stderr ?? '')?.[1])
  if (!(version >= flinkVersions.java)) {
    missing.push(`java ${flinkVersions.java} or newer (${java === undefined ? 'there is none' : `it is ${version}`})`)
  }
  if (existsSync(flinkFolder())) return missing
  if (!(await succeeds('python3', ['-c', 'import venv, ensurepip']))) missing.push('python3 with venv and ensurepip')
  if (!(await succeeds('mvn', ['--version']))) missing.push('mvn (Maven)')
  return missing
}

/**
 * The folder with Flink's jars (`lib/` and `opt/`), fetched by pip and Maven where it is not there yet: about 290 MB, kept in
 * `MILLRACE_CACHE`, by default `~/.cache/millrace`. It appears whole or not at all.
 */
export async function installFlink(signal: AbortSignal): Promise<string> {
  const folder = flinkFolder()
  if (existsSync(folder)) return folder
  const cache = join(folder, '..')
  await mkdir(cache, { recursive: true })
  const part = await mkdtemp(join(cache, 'flink-part-'))
  const options = { signal, timeout: INSTALL_LIMIT_MS, maxBuffer: 16 * 1_024 * 1_024 }
  try {
    const venv = join(part, 'venv')
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--no-cache-dir']
    await execute('python3', ['-m', 'venv', venv], options)
    await execute(join(venv, 'bin/python'), [...pip, '--disable-pip-version-check', flinkVersions.libraries], options)
    await rename(await jarFolder(venv), join(part, 'lib'))
    await rm(venv, { recursive: true })

    const artifact = [`-Dartifact=${flinkVersions.sqlGateway}`, `-DoutputDirectory=${join(part, 'opt')}`]
    await execute('mvn', ['--quiet', '--batch-mode', flinkVersions.mavenCopy, ...artifact], { ...options, cwd: part })
    await rename(part, folder)
  } catch (error) {
    // Another run was first: its folder is as good.
    if (!existsSync(folder)) throw error
  } finally {
    await rm(part, { recursive: true, force: true })
  }
  return folder
}

function flinkFolder(): string {
  const cache = process.env.MILLRACE_CACHE ?? join(homedir(), '.cache/millrace')
  return join(cache, `flink-${flinkVersions.flink}`)
}

/** Where pip has put the jars: `lib/python3.X/site-packages/pyflink/lib`. */
async function jarFolder(venv: string): Promise<string> {
  const [python = ''] = await readdir(join(venv, 'lib'))
  return join(venv, 'lib', python, 'site-packages/pyflink/lib')
}

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return execute(program, args).then(
    () => true,
    () => false,
  )
}
