/** What has to hold, and whether it does. */
export class Checks {
  readonly #failed: string[] = []
  #passed = 0

  /** Gives back whether it holds. */
  add(what: string, holds: boolean): boolean {
    if (holds) this.#passed += 1
    else this.#failed.push(what)
    return holds
  }

  /** Prints what does not hold, and last `N passed, N failed`; the process ends accordingly. */
  report(): void {
    for (const what of this.#failed) console.log(`FAILED ${what}`)
    process.exitCode = this.#failed.length === 0 ? 0 : 1
    console.log(`${this.#passed} passed, ${this.#failed.length} failed`)
  }
}
