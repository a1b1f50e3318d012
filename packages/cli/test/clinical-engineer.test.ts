import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'
import { pageSteps, withoutDates } from '../../../scripts/examples/page-steps.ts'

const root = join(import.meta.dirname, '../../..')

it("the clinical engineer's page does what it says, step by step, by the command of the sources", {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-page-'))
  try {
    // `npx millrace` as it will be, without its being installed.
    const main = join(root, 'packages/cli/src/main.ts')
    const npx = join(folder, 'npx')
    writeFileSync(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' --conditions=@millrace/source '${main}' "$@"\n`)
    chmodSync(npx, 0o755)
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }
    const work = mkdtempSync(join(folder, 'work-'))
    const steps = pageSteps(readFileSync(join(root, 'docs/guide/clinical-engineer.md'), 'utf8'))
    expect(steps.length).toBeGreaterThan(5)
    for (const { command, prints } of steps) {
      const printed = execFileSync('bash', ['-e', '-c', `exec 2>&1\n${command}`], { cwd: work, env, encoding: 'utf8' })
      expect(withoutDates(printed)).toBe(withoutDates(prints))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
