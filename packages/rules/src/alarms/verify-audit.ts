import { type AuditEntry, type AuditHead, hashOfEntry, START_OF_CHAIN } from './audit-entry.ts'

/**
 * `changed`: the entry is not what was hashed, or is no entry. `replaced`: it is whole, and not the one that the next was written after.
 * `removed`: entries before this place are missing. `reordered`: they come later. `forked`: the place has two entries that differ.
 * `truncated`: the chain ends before a head that was kept apart.
 */
export type AuditFault = 'changed' | 'replaced' | 'removed' | 'reordered' | 'forked' | 'truncated'

/** The first place at which a chain is broken. */
export interface AuditBreak {
  readonly fault: AuditFault
  /** The entry's index in what was given; of a truncated chain, how many there were. */
  readonly index: number
  readonly chain: string
  readonly seq: number
}

export interface AuditReport {
  readonly isWhole: boolean
  readonly entries: number
  /** Entries that came again, the same: a sink that writes at least once repeats some after a crash. */
  readonly repeats: number
  /** By chain: keep them where who can write the audit cannot, and give them to the next check. */
  readonly heads: Readonly<Record<string, AuditHead>>
  readonly broken?: AuditBreak
}

export interface VerifyAuditOptions {
  /** Where each chain begins, when earlier entries were checked before and are not given again. Default: at its first entry. */
  readonly from?: Readonly<Record<string, AuditHead>>
  /** How far each chain has come at least, from an earlier report: without them a cut-off end, or a whole chain, is not missed. */
  readonly heads?: Readonly<Record<string, AuditHead>>
}

/**
 * Checks an audit: chains may be mixed, the entries of each are in order. Depends on nothing but what it is given.
 *
 * It finds each change, removal, insertion and exchange of entries inside of a chain. It cannot find that the end of a chain was cut off, that a
 * whole chain was taken away, or that one was written anew from some place to its end by someone who can compute a hash: unless `heads`, kept
 * apart, say how far it had come.
 *
 * @example
 * ```ts
 * import { verifyAudit } from '@millrace/rules'
 *
 * verifyAudit([]).isWhole // => true
 * verifyAudit([], { heads: { 'patient:p1': { seq: 3, hash: 'ab' } } }).broken?.fault // => 'truncated'
 * ```
 */
export function verifyAudit(entries: Iterable<AuditEntry>, options: VerifyAuditOptions = {}): AuditReport {
  const chains = new Map<string, Chain>()
  for (const [name, head] of Object.entries(options.from ?? {}))
    chains.set(name, new Chain(name, head, options.heads?.[name]))
  let broken: AuditBreak | undefined
  let index = 0
  let repeats = 0
  for (const entry of entries) {
    const name = chainOf(entry)
    const chain = chains.get(name) ?? new Chain(name, START_OF_CHAIN, options.heads?.[name])
    chains.set(name, chain)
    const found = chain.take(entry, index)
    if (found === 'repeat') repeats += 1
    else if (found !== undefined && broken === undefined) broken = found
    // What is missing here may come yet, and was exchanged then.
    if (broken?.fault === 'removed' && broken.chain === name && chain.fills(entry))
      broken = { ...broken, fault: 'reordered' }
    index += 1
  }
  broken ??= truncated(chains, options.heads ?? {}, index)
  const heads = Object.fromEntries([...chains].map(([name, chain]) => [name, chain.head]))
  return { isWhole: broken === undefined, entries: index, repeats, heads, ...(broken === undefined ? {} : { broken }) }
}

/** One chain as far as it was followed. */
class Chain {
  readonly #name: string
  readonly #expected: AuditHead | undefined
  readonly #first: number
  /** By place, from the first. */
  readonly #hashes: string[]
  #isBroken = false

  constructor(name: string, from: AuditHead, expected: AuditHead | undefined) {
    this.#name = name
    this.#first = from.seq
    this.#hashes = [from.hash]
    this.#expected = expected
  }

  get head(): AuditHead {
    return { seq: this.#first + this.#hashes.length - 1, hash: this.#hashes.at(-1) as string }
  }

  take(entry: AuditEntry, index: number): AuditBreak | 'repeat' | undefined {
    if (this.#isBroken) return undefined
    const { head } = this
    const isWhole = isEntry(entry) && hashOfEntry(entry) === entry.hash
    const seq = isEntry(entry) ? entry.seq : head.seq + 1
    if (!isWhole) return this.#broken('changed', seq, index)
    if (seq <= head.seq) {
      const known = this.#hashes[seq - this.#first]
      return known === undefined || known === entry.hash ? 'repeat' : this.#broken('forked', seq, index)
    }
    if (seq > head.seq + 1) return this.#broken('removed', head.seq + 1, index)
    if (entry.previous !== head.hash) return this.#broken('replaced', head.seq, index)
    this.#hashes.push(entry.hash)
    if (seq === this.#expected?.seq && entry.hash !== this.#expected.hash) return this.#broken('replaced', seq, index)
    return undefined
  }

  /** Whether an entry is the one that is missing. */
  fills(entry: AuditEntry): boolean {
    return (
      isEntry(entry) &&
      entry.seq === this.head.seq + 1 &&
      entry.previous === this.head.hash &&
      hashOfEntry(entry) === entry.hash
    )
  }

  #broken(fault: AuditFault, seq: number, index: number): AuditBreak {
    this.#isBroken = true
    return { fault, index, chain: this.#name, seq }
  }
}

function truncated(
  chains: ReadonlyMap<string, Chain>,
  heads: Readonly<Record<string, AuditHead>>,
  index: number,
): AuditBreak | undefined {
  for (const [chain, { seq }] of Object.entries(heads)) {
    const reached = chains.get(chain)?.head.seq ?? 0
    if (reached < seq) return { fault: 'truncated', index, chain, seq: reached + 1 }
  }
  return undefined
}

function chainOf(entry: AuditEntry): string {
  const chain: unknown = Object(entry).chain
  return typeof chain === 'string' ? chain : '(none)'
}

function isEntry(entry: unknown): entry is AuditEntry {
  const { format, seq, at, previous, hash } = Object(entry) as Partial<Record<keyof AuditEntry, unknown>>
  return (
    format === 1 &&
    Number.isSafeInteger(seq) &&
    typeof at === 'number' &&
    typeof previous === 'string' &&
    typeof hash === 'string'
  )
}
