import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditEntry, type AuditHead, auditEntry, START_OF_CHAIN } from './audit-entry.ts'
import { type VerifyAuditOptions, verifyAudit } from './verify-audit.ts'

const facts = fc.array(fc.tuple(fc.constantFrom('patient:p1', 'patient:p2'), fc.jsonValue({ maxDepth: 2 })), {
  minLength: 1,
  maxLength: 20,
})

/** An audit of several chains, mixed, as lines of JSON have it. */
function audit(given: readonly (readonly [string, unknown])[]): AuditEntry[] {
  const heads = new Map<string, AuditHead>()
  return given.map(([chain, fact], at) => {
    const entry = auditEntry(chain, heads.get(chain) ?? START_OF_CHAIN, at, fact)
    heads.set(chain, entry)
    return JSON.parse(JSON.stringify(entry)) as AuditEntry
  })
}

/** The places of a chain in an audit. */
const placesOf = (entries: readonly AuditEntry[], chain: string) =>
  entries.flatMap((entry, i) => (entry.chain === chain ? [i] : []))

const breakOf = (entries: readonly unknown[], options?: VerifyAuditOptions) =>
  verifyAudit(entries as AuditEntry[], options).broken

const three = audit([1, 2, 3].map((n) => ['patient:p1', { n }] as const)) as [AuditEntry, AuditEntry, AuditEntry]

describe('an audit', () => {
  it('is whole when nothing was touched, also after it was written as JSON and read again', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const entries = audit(given)
        const report = verifyAudit(entries)
        expect(report).toMatchObject({ isWhole: true, entries: entries.length, repeats: 0 })
        for (const [chain, head] of Object.entries(report.heads)) {
          expect(head).toEqual({
            seq: placesOf(entries, chain).length,
            hash: entries[placesOf(entries, chain).at(-1) as number]?.hash,
          })
        }
      }),
    )
  })

  it('has the hashes that another program finds: SHA-256 of the JSON with sorted keys', () => {
    const sorted = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sorted)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([k, v]) => [k, sorted(v)]),
            )
          : value
    let previous = '0'.repeat(64)
    for (const { hash, ...rest } of three) {
      expect(rest.previous).toBe(previous)
      expect(hash).toBe(
        createHash('sha256')
          .update(JSON.stringify(sorted(rest)))
          .digest('hex'),
      )
      previous = hash
    }
  })

  it('shows a change of any field of any entry, at its place', () => {
    fc.assert(
      fc.property(
        facts,
        fc.nat(),
        fc.constantFrom('fact', 'at', 'seq', 'chain', 'previous', 'hash', 'format'),
        (given, n, field) => {
          const entries = audit(given)
          const index = n % entries.length
          const was = entries[index] as AuditEntry
          entries[index] = { ...was, [field]: field === 'fact' ? { other: was.fact } : `${was[field]}0` } as AuditEntry
          expect(breakOf(entries)).toMatchObject({ fault: 'changed', index })
        },
      ),
    )
  })

  it('shows where entries are missing', () => {
    fc.assert(
      fc.property(facts, fc.nat(), (given, n) => {
        const entries = audit(given)
        const gone = n % entries.length
        const { chain, seq } = entries[gone] as AuditEntry
        const next = placesOf(entries, chain).find((place) => place > gone)
        entries.splice(gone, 1)
        const broken = breakOf(entries)
        if (next === undefined) expect(broken).toBeUndefined()
        else expect(broken).toEqual({ fault: 'removed', chain, seq, index: next - 1 })
      }),
    )
  })

  it('shows where entries were exchanged', () => {
    fc.assert(
      fc.property(facts, fc.nat(), fc.nat(), (given, n, m) => {
        const entries = audit(given)
        const places = placesOf(entries, (entries[n % entries.length] as AuditEntry).chain)
        const [a, b] = [places[n % places.length] as number, places[m % places.length] as number].sort(
          (x, y) => x - y,
        ) as [number, number]
        fc.pre(a !== b)
        const { seq } = entries[a] as AuditEntry
        ;[entries[a], entries[b]] = [entries[b] as AuditEntry, entries[a] as AuditEntry]
        expect(breakOf(entries)).toMatchObject({ fault: 'reordered', index: a, seq })
      }),
    )
  })

  it('shows an entry that was written anew with a right hash: the next was written after another', () => {
    const [first, second, third] = three
    const forged = auditEntry('patient:p1', first, 1, { n: 99 })
    expect(breakOf([first, forged, third])).toEqual({ fault: 'replaced', chain: 'patient:p1', seq: 2, index: 2 })
    expect(breakOf([first, second, third, forged])).toMatchObject({ fault: 'forked', seq: 2, index: 3 })
  })

  it('takes an entry that comes again, the same, for a repeat of its sink', () => {
    const [first, second, third] = three
    expect(verifyAudit([first, second, first, second, third])).toMatchObject({ isWhole: true, repeats: 2, entries: 5 })
  })

  it('does not show a cut-off end or a chain that is gone by itself, and does so against heads that were kept apart', () => {
    const [first, second] = three
    const { heads } = verifyAudit(three)
    expect(breakOf([first, second])).toBeUndefined()
    expect(breakOf([first, second], { heads })).toEqual({ fault: 'truncated', chain: 'patient:p1', seq: 3, index: 2 })
    expect(breakOf([], { heads })).toMatchObject({ fault: 'truncated', seq: 1 })
    expect(breakOf([first, second, auditEntry('patient:p1', second, 2, { n: 99 })], { heads })).toMatchObject({
      fault: 'replaced',
      seq: 3,
    })
    expect(breakOf(three, { heads })).toBeUndefined()
  })

  it('goes on from where an earlier check ended', () => {
    const [first, second, third] = three
    const { heads } = verifyAudit([first])
    expect(verifyAudit([second, third], { from: heads })).toMatchObject({
      isWhole: true,
      heads: { 'patient:p1': { seq: 3 } },
    })
    expect(breakOf([third], { from: heads })).toMatchObject({ fault: 'removed', seq: 2 })
    expect(breakOf([second, third])).toMatchObject({ fault: 'removed', seq: 1 })
  })

  it.each([null, 7, 'x', {}, { chain: 'patient:p1' }, []])('takes %o for no entry', (thing) => {
    expect(breakOf([thing])).toMatchObject({ fault: 'changed', index: 0 })
  })
})
