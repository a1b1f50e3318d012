import type { Reporter, TestModule } from 'vitest/node'

/** Prints the last line of a run: `N passed, N failed, N skipped`; a file that does not load counts as failed. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      tally.failed += module.errors().length
      for (const test of module.children.allTests()) tally[test.result().state]++
    }
    process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped + tally.pending} skipped\n`)
  }
}
