import type { Sink, Source, SourceBatch, SourceContext, SplitReader } from '@millrace/core/connector'
import type { AuditEntry } from '../alarms/audit-entry.ts'
import type { RuleChange } from '../changes/rule-change.ts'
import type { RuleFact } from '../changes/rule-fact.ts'
import { MillraceRulesError } from '../errors.ts'

/** What a program brings to a running job, and what becomes of it. */
export interface RuleChanges {
  /** The changes, for `connectBroadcast`. */
  readonly source: Source<RuleChange>
  /** Takes `ruleAudit`: by it each change is answered. */
  readonly answers: Sink<AuditEntry<RuleFact>>
  /**
   * Brings a change to the job. Resolves with what the audit has of it, once a subtask has worked it off: `rules-changed`,
   * `rules-refused` with the path and code of each mistake, or `rules-repeated`. Waits where no job runs yet, or one restarts.
   *
   * Rejects with RULES_TYPE_INVALID for what has no id, or is no plain data; with RULES_CHANGES_CLOSED where none are taken any more.
   */
  apply(change: RuleChange): Promise<RuleFact>
  /** No change will come any more: the source ends, and with its last source the job. What was brought is still answered. */
  end(): void
  /** Ends the source, and rejects what is not answered with RULES_CHANGES_CLOSED: for when the job is over. */
  close(): void
}

/**
 * Changes of the rules from within the program that runs the job: a server that takes them from a form, and answers.
 *
 * A change is kept until a checkpoint holds it: a job that restarts by itself is given it again. When the whole process dies, the version
 * of the last checkpoint is in force; a change that was answered since is to be brought again under its id, which does nothing where it
 * is there already. Of one job.
 *
 * @example
 * ```ts
 * import { createEnvironment } from '@millrace/core'
 * import { evaluateRules, parseRules, type Reading, ruleAudit, ruleChanges } from '@millrace/rules'
 *
 * const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high')
 * const changes = ruleChanges()
 * const env = createEnvironment()
 * const alarms = env
 *   .fromArray<Reading>([])
 *   .keyBy((reading) => reading.patientId)
 *   .connectBroadcast(env.fromSource(changes.source))
 *   .process(evaluateRules(rules))
 * alarms.getSideOutput(ruleAudit).sinkTo(changes.answers)
 * const job = env.executeAsync()
 *
 * const signature = { at: 1_700_000_000_000, author: 'eng-7', reason: 'trial over' }
 * const off = await changes.apply({ ...signature, id: 'c1', disable: ['low'] })
 * off.type // => 'rules-changed'
 * const wrong = await changes.apply({ ...signature, id: 'c2', disable: ['lowest'] })
 * wrong.type === 'rules-refused' && wrong.problems // => [{ path: 'disable[0]', code: 'RULES_NAME_UNKNOWN' }]
 * changes.end()
 * await job.finished
 * ```
 */
export function ruleChanges(): RuleChanges {
  return new BroughtChanges()
}

interface Waiting {
  resolve(fact: RuleFact): void
  reject(error: Error): void
}

interface BroughtPosition {
  /** Which process brought it: one more than that from whose checkpoint it goes on. */
  readonly run: number
  /** The number of the change after it. */
  readonly next: number
}

const SPLIT = 'all'
const LONGEST_ID = 100
/** Of how many entries is known that they were seen: each subtask writes the same ones. */
const MOST_SEEN = 1_000

class BroughtChanges implements RuleChanges {
  readonly source: Source<RuleChange>
  readonly answers: Sink<AuditEntry<RuleFact>>
  /** Those that no checkpoint holds, in order; the first has the number `#first`. */
  #kept: RuleChange[] = []
  #first = 0
  #run: number | undefined
  #hasEnded = false
  /** By id, in the order in which they came. */
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #seen = new Set<string>()
  readonly #readers = new Set<() => void>()

  constructor() {
    this.source = {
      kind: 'rule-changes',
      bounded: true,
      live: true,
      replayable: true,
      createEnumerator: () => ({ discover: () => [{ id: SPLIT }] }),
      createReader: (context) => ({
        openSplit: (_, position) => this.#open(context, position),
        checkpointComplete: (positions) => this.#letGo(positions.get(SPLIT)),
      }),
    }
    this.answers = {
      kind: 'rule-changes',
      delivery: 'at-least-once',
      open: () => ({
        write: (entries) => {
          for (const entry of entries) this.#answer(entry)
        },
      }),
    }
  }

  apply(change: RuleChange): Promise<RuleFact> {
    const { promise, resolve, reject } = Promise.withResolvers<RuleFact>()
    const id: unknown = Object(change).id
    const copy = copyOf(change)
    if (this.#hasEnded) {
      reject(new MillraceRulesError('RULES_CHANGES_CLOSED', 'a change came after the last one'))
    } else if (typeof id !== 'string' || id.length > LONGEST_ID || copy === undefined) {
      const what = copy === undefined ? 'is no plain data' : `has no id of 1 to ${LONGEST_ID} characters`
      reject(new MillraceRulesError('RULES_TYPE_INVALID', `a change ${what}`))
    } else {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), { resolve, reject }])
      this.#kept.push(copy)
      this.#wake()
    }
    return promise
  }

  end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  close(): void {
    this.end()
    const waiting = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    for (const { reject } of waiting) {
      reject(
        new MillraceRulesError(
          'RULES_CHANGES_CLOSED',
          'the job is over; whether the change is in force, its checkpoint knows',
        ),
      )
    }
  }

  #answer({ hash, fact }: AuditEntry<RuleFact>): void {
    if (this.#seen.has(hash)) return
    this.#seen.add(hash)
    if (this.#seen.size > MOST_SEEN) this.#seen.delete(this.#seen.values().next().value as string)
    const { id } = fact.change
    const [first, ...others] = (id !== undefined && this.#waiting.get(id)) || []
    if (first === undefined) return
    if (others.length > 0) this.#waiting.set(id as string, others)
    else this.#waiting.delete(id as string)
    first.resolve(fact)
  }

  /** Of a position that another process wrote nothing is known: what is kept came later. */
  #numberAt(position: BroughtPosition | undefined): number {
    return position?.run === this.#run ? Math.max(position?.next ?? 0, this.#first) : this.#first
  }

  #letGo(position: unknown): void {
    const next = this.#numberAt(position as BroughtPosition | undefined)
    this.#kept.splice(0, next - this.#first)
    this.#first = next
  }

  #open({ signal }: SourceContext, position: unknown): SplitReader<RuleChange> {
    const from = position as BroughtPosition | undefined
    this.#run ??= (from?.run ?? 0) + 1
    const run = this.#run
    let next = this.#numberAt(from)
    let wake: (() => void) | undefined
    /** One change a batch: a restart goes on between two. */
    const batch = (): SourceBatch<RuleChange> | undefined => {
      const change = this.#kept[next - this.#first]
      if (change === undefined) return undefined
      next += 1
      return { values: [change], position: { run, next } satisfies BroughtPosition }
    }
    const read = (): SourceBatch<RuleChange> | undefined | Promise<SourceBatch<RuleChange> | undefined> => {
      const given = batch()
      if (given !== undefined || this.#hasEnded) return given
      const { promise, resolve, reject } = Promise.withResolvers<SourceBatch<RuleChange> | undefined>()
      const abort = (): void => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      wake = () => {
        signal.removeEventListener('abort', abort)
        if (wake !== undefined) this.#readers.delete(wake)
        resolve(batch())
      }
      this.#readers.add(wake)
      if (signal.aborted) abort()
      return promise
    }
    const close = (): void => {
      if (wake !== undefined) this.#readers.delete(wake)
    }
    return { read, close }
  }

  #wake(): void {
    for (const wake of [...this.#readers]) wake()
  }
}

/** `undefined` where it cannot be copied: functions, class instances of the host. */
function copyOf(change: RuleChange): RuleChange | undefined {
  try {
    return structuredClone(change)
  } catch {
    return undefined
  }
}
