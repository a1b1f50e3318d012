import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlarmEvent, evaluateRules, parseRuleSet, type Reading, type RuleSetData } from '../src/index.ts'
import { readings, ruleSets } from './arbitraries.ts'
import { Driver } from './driver.ts'
import { readings2, ruleSets2 } from './engine-arbitraries.ts'

/** What `manageAlarms` relies on: an alarm's end has its id, and no two alarms have one but of the same moment. */
function checkIdentity(events: readonly AlarmEvent[]): void {
  const open = new Map<string, string>()
  const times = new Map<string, number>()
  for (const { event, id, patientId, rule, time, why } of events) {
    const about = `${patientId} ${rule} ${why.error}`
    if (event === 'raised') {
      expect(open.has(about)).toBe(false)
      // Readings of one time take each other's place: what was over at that time may begin again at it.
      expect(times.get(id) ?? time).toBe(time)
      open.set(about, id)
      times.set(id, time)
    } else {
      expect(id).toBe(open.get(about))
      open.delete(about)
    }
  }
}

function run(data: RuleSetData, rows: readonly Reading[], crashes: () => boolean, isReplay: boolean): void {
  const silent = { id: 'silent', when: { silent: 'spo2', within: '4ms' } }
  const rules = parseRuleSet({ ...data, rules: [...data.rules, silent] })
  const driver = new Driver(() => evaluateRules(rules), { isReplay })
  let now = 0
  for (const row of rows) {
    now = Math.max(now, row.time)
    driver.read(row, now)
    if (crashes()) driver.restore()
  }
  driver.advanceTo(now + 20)
  checkIdentity(driver.events)
}

describe('the id of an alarm', () => {
  it.each([
    ['of format 1', ruleSets, readings],
    ['of format 2', ruleSets2, readings2],
  ])('is that of its end, and of no other time, with rules %s', (_, sets, rows) => {
    fc.assert(
      fc.property(sets, rows, fc.infiniteStream(fc.boolean()), fc.boolean(), (data, readings, crashes, isReplay) => {
        run(data as RuleSetData, readings, () => crashes.next().value as boolean, isReplay)
      }),
      { numRuns: Number(process.env.MILLRACE_CASES ?? 2_000) / 2 },
    )
  })
})
