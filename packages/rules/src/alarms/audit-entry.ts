import { canonicalJson } from '../schema/canonical-json.ts'
import { sha256 } from '../schema/sha-256.ts'

/** One entry of an audit, chained to the one before it. Plain data: a line of JSON. */
export interface AuditEntry<F = unknown> {
  readonly format: 1
  /** Whose chain: a patient's (`patient:p1`) or a recipient's (`recipient:n7`). */
  readonly chain: string
  /** From 1, without a hole. */
  readonly seq: number
  /** When it was written, by the job's clock. */
  readonly at: number
  readonly fact: F
  /** The hash of the entry before; of the first, 64 zeros. */
  readonly previous: string
  /** SHA-256 of the canonical JSON of all the fields above. */
  readonly hash: string
}

/** How far a chain has come: what its next entry, and a later check, goes on from. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

export const START_OF_CHAIN: AuditHead = { seq: 0, hash: '0'.repeat(64) }

/** The next entry of a chain. */
export function auditEntry<F>(chain: string, head: AuditHead, at: number, fact: F): AuditEntry<F> {
  const entry = { format: 1, chain, seq: head.seq + 1, at, fact, previous: head.hash } as const
  return { ...entry, hash: sha256(canonicalJson(entry)) }
}

/** What an entry's hash has to be. */
export function hashOfEntry({ hash: _, ...entry }: AuditEntry): string {
  return sha256(canonicalJson(entry))
}
