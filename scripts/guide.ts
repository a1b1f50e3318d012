// npm run guide NAME: runs the job of docs/guide/NAME.md as it stands, before the service that it needs, which is started here with what the
// job expects in it, and prints what the job left. Ends on its own, and leaves nothing running.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { GuidePage } from './guide/trial.ts'
import { runGuideJob } from './run-guide-job.ts'

const LIMIT_MS = 120_000
const INSTALL_LIMIT_MS = 600_000
/** What is there already is found sooner. */
const FETCHING_AFTER_MS = 2_000
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
try {
  await tryPage((await import(pathToFileURL(file).href)) as GuidePage, pageJob(name))
} catch (error) {
  const why: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error
  console.error(why instanceof Error ? why.message : why)
  // What has been started by then, and has nobody to close it, ends with this process.
  process.exit(1)
}

function pageJob(page: string): string {
  const guide = readFileSync(join(root, 'docs/guide', `${page}.md`), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  return job
}

async function tryPage(page: GuidePage, job: string): Promise<void> {
  const missing = (await page.missing?.()) ?? []
  if (missing.length > 0)
    throw new Error(`This page starts what its job needs, and this machine lacks ${missing.join(', ')}.`)
  await install(page)
  const trial = await page.start(AbortSignal.any([interrupted.signal, AbortSignal.timeout(LIMIT_MS)]))
  // Below the root, so that the job finds the packages as a user's file would.
  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/guide-'))
  try {
    console.log(trial.started)
    for (const [path, text] of Object.entries({ 'job.ts': job, ...trial.files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { end, left } = await runGuideJob(trial, folder, LIMIT_MS, interrupted.signal)
    for (const line of [end, ...left]) console.log(line)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await trial.close()
  }
}

async function install(page: GuidePage): Promise<void> {
  const fetching = setTimeout(() => console.error('Fetching what is started here, this once ...'), FETCHING_AFTER_MS)
  await page.install?.(AbortSignal.any([interrupted.signal, AbortSignal.timeout(INSTALL_LIMIT_MS)]))
  clearTimeout(fetching)
}
