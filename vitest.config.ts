import { defineConfig } from 'vitest/config'

// Without 'module': what it leads to in the AWS SDK is for bundlers, and Node cannot load it.
const conditions = ['@millrace/source', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    execArgv: ['--conditions=@millrace/source'],
    setupFiles: ['packages/rules/test/canaries/in-every-test.ts'],
    reporters: ['default', './reporter.ts'],
    include: ['packages/*/{src,test}/**/*.test.ts', '{examples,benchmarks,scripts,docs}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.integration.test.ts'],
    // A property with a hundred times the cases takes a hundred times as long (npm run test:deep).
    testTimeout: process.env.MILLRACE_CASES === undefined ? 60_000 : 7_200_000,
  },
})
