/** One behaviour that every implementation of a contract shows. The caller's test runner runs it. */
export interface ContractCase {
  /** What holds: the test's name. */
  readonly name: string
  /** Why the implementation cannot keep it, where it said so: for the runner to show in place of a run. */
  readonly skip?: string
  /** @throws when it does not hold. */
  run(): Promise<void>
}

/**
 * Behaviours by their names, as cases; those in `skips` with the reason that stands there.
 *
 * @throws when a name in `skips` is no case, or its reason is empty
 */
export function contractCases(
  checks: Readonly<Record<string, () => Promise<void>>>,
  skips: Readonly<Record<string, string>> = {},
): readonly ContractCase[] {
  for (const [name, reason] of Object.entries(skips)) {
    expectThat(Object.hasOwn(checks, name), `the contract has no case '${name}' that could be skipped`)
    expectThat(reason.trim() !== '', `the case '${name}' is skipped for no reason`)
  }
  return Object.entries(checks).map(([name, run]) => {
    const skip = skips[name]
    return skip === undefined ? { name, run } : { name, skip, run }
  })
}

/** @throws when the two differ; the message shows both. Map, Set, Date and bytes count by what they hold. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [canonical(actual), canonical(expected)]
  if (found !== wanted) throw new Error(`${what}\n  found:  ${shorten(found)}\n  wanted: ${shorten(wanted)}`)
}

/** @throws when it is false. */
export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** One text for equal values, whatever the order of their properties. A property that is undefined counts as absent. */
export function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value)
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof Map) return `Map${canonical([...value])}`
  if (value instanceof Set) return `Set${canonical([...value])}`
  if (ArrayBuffer.isView(value)) return `Bytes(${new Uint8Array(value.buffer, value.byteOffset, value.byteLength)})`
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const properties = Object.entries(value).filter(([, held]) => held !== undefined)
  properties.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${properties.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`
}

function shorten(text: string): string {
  return text.length <= 2_000 ? text : `${text.slice(0, 2_000)} … (${text.length} characters)`
}
