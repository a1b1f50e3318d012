import { defineConfig } from 'vitest/config'

const conditions = ['@millrace/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    execArgv: ['--conditions=@millrace/source'],
    reporters: ['default', './reporter.ts'],
    include: ['packages/*/{src,test}/**/*.test.ts', '{examples,benchmarks,scripts,docs}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.integration.test.ts'],
    testTimeout: 60_000,
  },
})
