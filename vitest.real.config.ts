// `npm run test:real`: tests that need a real server. One file after the other: a broker and a test are enough for two cores.
import { defineConfig } from 'vitest/config'
import plain from './vitest.config.ts'

// What is started is what the files at hand need (scripts/test-real.ts): all of it where nobody says.
const { MILLRACE_PEERS = 'kafka,aws' } = process.env

export default defineConfig({
  ...plain,
  test: {
    ...plain.test,
    include: ['packages/*/{src,test}/**/*.integration.test.ts', '{examples,benchmarks}/**/*.integration.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: MILLRACE_PEERS.split(',').map((peer) => `./packages/connectors/test/${peer}/${peer}-setup.ts`),
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Of what a server does a moment after it has answered: a second is not enough on a machine that is busy.
    expect: { poll: { timeout: 30_000 } },
  },
})
