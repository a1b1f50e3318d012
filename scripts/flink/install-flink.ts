import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, installOnce } from '../../packages/connectors/test/peers/install-once.ts'
import { missingJava, missingProgram } from '../../packages/connectors/test/peers/missing-programs.ts'
import { flinkVersions } from './flink-versions.ts'

const execute = promisify(execFile)
const INSTALL_LIMIT_MS = 300_000
const FOLDER = `flink-${flinkVersions.flink}`

/** The programs that a Flink needs here and that this machine has not, each with what to do about it. */
export async function missingPrograms(): Promise<string[]> {
  const missing = await missingJava(flinkVersions.java)
  if (existsSync(cacheFolder(FOLDER))) return missing
  return [
    ...missing,
    ...(await missingProgram('python3 with venv and ensurepip', ['python3', '-c', 'import venv, ensurepip'])),
    ...(await missingProgram('mvn (Maven)', ['mvn', '--version'])),
  ]
}

/**
 * The folder with Flink's jars (`lib/` and `opt/`), fetched by pip and Maven where it is not there yet: about 290 MB, kept in
 * `MILLRACE_CACHE`, by default `~/.cache/millrace`. It appears whole or not at all.
 */
export function installFlink(signal: AbortSignal): Promise<string> {
  const options = { signal, timeout: INSTALL_LIMIT_MS, maxBuffer: 16 * 1_024 * 1_024 }
  return installOnce(FOLDER, async (part) => {
    const venv = join(part, 'venv')
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--no-cache-dir']
    await execute('python3', ['-m', 'venv', venv], options)
    await execute(join(venv, 'bin/python'), [...pip, '--disable-pip-version-check', flinkVersions.libraries], options)
    await rename(await jarFolder(venv), join(part, 'lib'))
    await rm(venv, { recursive: true })

    const artifact = [`-Dartifact=${flinkVersions.sqlGateway}`, `-DoutputDirectory=${join(part, 'opt')}`]
    await execute('mvn', ['--quiet', '--batch-mode', flinkVersions.mavenCopy, ...artifact], { ...options, cwd: part })
  })
}

/** Where pip has put the jars: `lib/python3.X/site-packages/pyflink/lib`. */
async function jarFolder(venv: string): Promise<string> {
  const [python = ''] = await readdir(join(venv, 'lib'))
  return join(venv, 'lib', python, 'site-packages/pyflink/lib')
}
