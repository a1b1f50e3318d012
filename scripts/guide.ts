// npm run guide NAME: runs the job of docs/guide/NAME.md as it stands, before the service that it needs, which is started here with what the
// job expects in it, and prints what the job left. Ends on its own, and leaves nothing running.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { GuideTrial } from './guide/trial.ts'

const LIMIT_MS = 120_000
const root = join(import.meta.dirname, '..')
const [name] = process.argv.slice(2)
const file = join(import.meta.dirname, 'guide', `${name}.ts`)
if (name === undefined || name === 'trial' || !existsSync(file)) {
  const names = readdirSync(join(import.meta.dirname, 'guide')).map((one) => one.replace('.ts', ''))
  process.stdout.write(
    `npm run guide NAME, where NAME is one of: ${names.filter((one) => one !== 'trial').join(', ')}\n`,
  )
  process.exit(name === undefined ? 0 : 1)
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))
}
const guide = readFileSync(join(root, 'docs/guide', `${name}.md`), 'utf8')
const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
const { start } = (await import(pathToFileURL(file).href)) as { start(signal: AbortSignal): Promise<GuideTrial> }
const trial = await start(AbortSignal.any([interrupted.signal, AbortSignal.timeout(LIMIT_MS)]))
// Below the root, so that the job finds the packages as a user's file would.
mkdirSync(join(root, '.examples'), { recursive: true })
const folder = mkdtempSync(join(root, '.examples/guide-'))
try {
  console.log(trial.started)
  for (const [path, text] of Object.entries({ 'job.ts': job, ...trial.files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const line of await run(trial, folder)) console.log(line)
} finally {
  rmSync(folder, { recursive: true, force: true })
  await trial.close()
}

async function run({ env, isComplete, left }: GuideTrial, cwd: string): Promise<readonly string[]> {
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const child = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd,
    env: { ...process.env, ...credentials, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const ended = exited.then(([code, signal]) => ({ code, signal }))
  const giveUp = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  let lines: readonly string[] = []
  if (isComplete !== undefined) {
    // A job without an end is stopped when it has left what is to be seen.
    while (child.exitCode === null && !interrupted.signal.aborted) {
      lines = [...lines, ...(await left())]
      if (isComplete(lines)) break
      await sleep(100)
    }
    child.kill('SIGTERM')
  }
  const { code, signal } = await ended
  clearTimeout(giveUp)
  const isStopped = isComplete !== undefined && signal === 'SIGTERM'
  if (code !== 0 && !isStopped) throw new Error(`the job ended with ${code ?? signal}`)
  console.log(isComplete === undefined ? 'the job has ended' : 'the job was stopped')
  return isComplete === undefined ? left() : lines
}
