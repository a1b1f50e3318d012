// `npm run test:real`: tests that need a real server. One file after the other: a broker and a test are enough for two cores.
import { defineConfig } from 'vitest/config'
import plain from './vitest.config.ts'

export default defineConfig({
  ...plain,
  test: {
    ...plain.test,
    include: ['packages/*/{src,test}/**/*.integration.test.ts', '{examples,benchmarks}/**/*.integration.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./packages/connectors/test/kafka/kafka-setup.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
