import { keyGroupOf } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AlarmEvent,
  type AuditEntry,
  evaluateRules,
  parseRuleSet,
  type Reading,
  type RuleChange,
  type RuleEvaluation,
  verifyAudit,
} from '../src/index.ts'
import { changesOf, steps } from './change-arbitraries.ts'
import { Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

// What this family catches: a change that is not the same in every subtask, state of one subtask that another goes by, what is lost or
// doubled when keys are dealt out anew, with one evaluation for all of a thread or one for each. What it cannot: how a job routes records.

const cases = Number(process.env.MILLRACE_CASES ?? 150)
const KEY_GROUPS = 128
const PATIENTS = ['p1', 'bed-7', 'xx', 'ä', 'p22']

/** Each with key groups of its own; a change goes to all of them. */
class Subtasks {
  readonly #make: () => RuleEvaluation
  readonly #isReplay: boolean
  readonly #over: Driver[] = []
  #drivers: Driver[]

  constructor(count: number, make: () => RuleEvaluation, isReplay: boolean) {
    this.#make = make
    this.#isReplay = isReplay
    this.#drivers = Array.from({ length: count }, () => new Driver(make, { isReplay }))
  }

  /** The clock of a job is one for all. */
  read(reading: Reading, now: number): void {
    this.advanceTo(now)
    this.#drivers[this.#numberOf(reading.patientId, this.#drivers.length)]?.read(reading, now)
  }

  change(change: RuleChange, now: number): void {
    for (const driver of this.#drivers) driver.change(change, now)
  }

  advanceTo(now: number): void {
    for (const driver of this.#drivers) driver.advanceTo(now)
  }

  /** Goes on from a checkpoint with as many subtasks as that. */
  rescale(count: number): void {
    const snapshots = this.#drivers.map((driver) => driver.snapshot())
    for (const { broadcast } of snapshots) expect(broadcast).toEqual(snapshots[0]?.broadcast)
    this.#over.push(...this.#drivers)
    this.#drivers = Array.from({ length: count }, (_, number) => {
      const driver = new Driver(this.#make, { isReplay: this.#isReplay })
      driver.restoreFrom(snapshots, (key) => this.#numberOf(key, count) === number)
      return driver
    })
  }

  eventsOf(patient: string): AlarmEvent[] {
    return [...this.#over, ...this.#drivers].flatMap(({ events }) => events).filter((e) => e.patientId === patient)
  }

  /** What each has written down until now, those that are over first. */
  audits(): AuditEntry[][] {
    return [...this.#over, ...this.#drivers].map(({ audit }) => audit)
  }

  #numberOf(key: string, count: number): number {
    return Math.floor((keyGroupOf(key, KEY_GROUPS) * count) / KEY_GROUPS)
  }
}

const rowsOfMany = fc
  .tuple(readings2, fc.infiniteStream(fc.constantFrom(...PATIENTS)))
  .map(([rows, patients]) => rows.map((row) => ({ ...row, patientId: patients.next().value as string })))

describe('rules that change in several subtasks', () => {
  it.each([
    ['live', false],
    ['in a replay', true],
  ])(
    'give the alarms and the audit that they give in one, keys dealt out anew at any checkpoint, %s',
    (_name, isReplay) => {
      fc.assert(
        fc.property(
          ruleSets2,
          rowsOfMany,
          steps,
          fc.infiniteStream(fc.integer({ min: -6, max: 4 })),
          fc.boolean(),
          fc.constantFrom('0ms', '0ms', '4ms'),
          (data, rows, given, counts, isShared, allowedLateness) => {
            const rules = parseRuleSet(data)
            const changes = changesOf(given, rows, rules.version)
            const own = () => evaluateRules(rules, { allowedLateness }) as RuleEvaluation
            const shared = own()
            const one = new Driver(own, { isReplay })
            const several = new Subtasks(2, isShared ? () => shared : own, isReplay)
            let now = 0
            for (const [i, row] of rows.entries()) {
              now = Math.max(now, row.time)
              for (const host of [one, several]) host.read(row, now)
              const list = changes.get(i) ?? []
              // A refused one, and one that comes twice, are written down as well.
              const [first] = list
              const all = [...list.map(({ change }) => change), ...(first === undefined ? [] : [first.change])]
              for (const change of all) {
                now = Math.max(now, change.at)
                for (const host of [one, several]) host.change(change, now)
              }
              const count = counts.next().value as number
              if (count > 0) several.rescale(count)
            }
            for (const host of [one, several]) host.advanceTo(now + 100)
            for (const patient of PATIENTS) {
              expect(several.eventsOf(patient)).toEqual(one.events.filter(({ patientId }) => patientId === patient))
            }
            const audits = several.audits()
            for (const audit of audits) {
              const from = one.audit.findIndex(({ seq }) => seq === audit[0]?.seq)
              expect(audit).toEqual(from === -1 ? [] : one.audit.slice(from, from + audit.length))
            }
            const report = verifyAudit(audits.flat())
            expect(report).toMatchObject({ isWhole: true, repeats: audits.flat().length - one.audit.length })
          },
        ),
        { numRuns: cases },
      )
    },
  )
})
