import type { RejectedAction } from './alarm-action.ts'
import type { AlarmFact } from './alarm-fact.ts'
import type { AlarmNotice } from './alarm-notice.ts'
import type { AlarmRecord } from './alarm-record.ts'
import { type AuditEntry, type AuditHead, auditEntry, START_OF_CHAIN } from './audit-entry.ts'
import type { LifeEvent } from './life-state.ts'

/** What leaves: records numbered, facts as entries of the patient's chain. */
export type LifeOutput =
  | { readonly type: 'record'; readonly value: AlarmRecord }
  | { readonly type: 'notice'; readonly value: AlarmNotice }
  | { readonly type: 'audit'; readonly value: AuditEntry<AlarmFact> }
  | { readonly type: 'rejected'; readonly value: RejectedAction }

export interface WrittenDown {
  /** The chain's new end; the one before where nothing was added to it. */
  readonly head: AuditHead | undefined
  /** In the order in which it happened. */
  readonly outputs: readonly LifeOutput[]
}

/** Writes down what has come of an input. A record's revision is how far the chain had come. */
export function writeDown(
  patientId: string,
  before: AuditHead | undefined,
  events: readonly LifeEvent[],
  now: number,
): WrittenDown {
  let head = before ?? START_OF_CHAIN
  const outputs: LifeOutput[] = []
  for (const event of events) {
    switch (event.type) {
      case 'record':
        outputs.push({ type: 'record', value: { ...event.record, revision: head.seq } })
        break
      case 'notice':
        outputs.push({ type: 'notice', value: event.notice })
        break
      case 'fact': {
        const value = auditEntry(`patient:${patientId}`, head, now, event.fact)
        head = { seq: value.seq, hash: value.hash }
        outputs.push({ type: 'audit', value })
        break
      }
      case 'rejected':
        outputs.push({ type: 'rejected', value: event.rejected })
        break
    }
  }
  return { head: head === START_OF_CHAIN ? undefined : head, outputs }
}
