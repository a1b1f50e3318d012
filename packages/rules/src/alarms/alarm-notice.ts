import type { Priority, RuleKind } from '../schema/rule-data.ts'

/** Why someone is told. */
export type NoticeCause =
  | 'raised'
  | 'escalated'
  /** A notice before it did not arrive. */
  | 'undelivered'
  /** Nobody else would be told. */
  | 'fallback'
  | 'reminder'
  | 'retracted'
  | 'grouped'

/**
 * One thing to tell one recipient. Holds no value of the patient, but for what the template of `text` asks for by name.
 *
 * `key` is the same each time that the same thing is told: what a sink tells a repeat by. It is made of the alarm's id, the
 * time that it has begun to signal, the step and the recipient; 1 to 200 ASCII characters without a space.
 */
export interface AlarmNotice {
  readonly key: string
  readonly recipient: string
  /** The role in which the recipient is told; null for those of `fallback`. */
  readonly role: string | null
  readonly patientId: string
  /** The alarm's id. */
  readonly alarm: string
  readonly rule: string
  readonly ruleVersion: string
  readonly priority: Priority
  readonly kind: RuleKind
  readonly cause: NoticeCause
  /** By the job's clock. */
  readonly time: number
  readonly text: string
  /** Of a group: each notice that it stands for. The fields above are then those of the most urgent, the oldest first. */
  readonly members?: readonly NoticeMember[]
}

/** One notice of a group. */
export interface NoticeMember {
  readonly key: string
  readonly patientId: string
  readonly alarm: string
  readonly rule: string
  readonly priority: Priority
  readonly cause: NoticeCause
  readonly text: string
}
