/** Whether rules may run in a test file: by the folder, so that nobody has to remember it. */
export function hasRules(testPath: string): boolean {
  return /\/(packages\/(rules|cli)|examples|scripts|docs)\//.test(testPath)
}
