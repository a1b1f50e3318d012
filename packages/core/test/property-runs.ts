/**
 * How many cases a property is tried with. `npm test` takes 1,000 each; `npm run test:deep` sets `MILLRACE_CASES` to
 * 100,000. A property whose cases are dear asks for a `share` of that, and says why where it does.
 */
export function propertyRuns(share = 1): number {
  const cases = Number(process.env.MILLRACE_CASES ?? 1_000)
  if (!Number.isInteger(cases) || cases < 1) throw new Error(`MILLRACE_CASES was ${process.env.MILLRACE_CASES}`)
  return Math.max(1, Math.round(cases * share))
}
