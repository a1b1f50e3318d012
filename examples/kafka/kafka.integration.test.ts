import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const { bootstrap } = inject('kafka')
const root = join(import.meta.dirname, '../..')
const expected = readFileSync(join(import.meta.dirname, 'expected.txt'), 'utf8')

describe('npm run example kafka', () => {
  it('starts a Kafka of its own, and prints what it says', () => {
    const { stdout, stderr, status } = runExample({})
    expect(stderr).toBe('Starting a Kafka; the first time its jars are fetched by Maven (43 MB) ...\n')
    expect(stdout).toBe(expected)
    expect(status).toBe(0)
  })

  it('takes the brokers that are given, once: topics that are there already it leaves alone', () => {
    const first = runExample({ KAFKA_BROKERS: bootstrap.join(',') })
    expect(first).toMatchObject({ stdout: expected, stderr: '', status: 0 })
    const again = runExample({ KAFKA_BROKERS: bootstrap.join(',') })
    expect(again).toMatchObject({ stdout: '', status: 1 })
    expect(again.stderr).toContain('vitals-by-minute')
  })
})

/** As a stranger would give the command. */
function runExample(environment: Readonly<Record<string, string>>) {
  return spawnSync('npm', ['run', '--silent', 'example', 'kafka'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 100_000,
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  })
}
