import { type AlarmEvent, compileRules, type Reading, type RuleSet } from '@millrace/rules'
import { takeArguments } from './arguments.ts'
import type { Command, Terminal } from './command.ts'
import { readReadings } from './read-readings.ts'
import { readRules, readText } from './read-rules.ts'

/** Time goes on so long behind the last reading, to find what is still to come. */
const AFTER_MS = 60_000

/** Runs rules over recorded readings, and shows the alarms that they would have raised. */
export const rulesTry: Command = {
  words: ['rules', 'try'],
  usage: 'millrace rules try RULES READINGS [--against OTHER-RULES]',
  run(args, terminal) {
    const { files, options } = takeArguments(args, { least: 2, most: 2 }, { optional: ['against'] })
    const { cwd, print } = terminal
    const [file = '', data = ''] = files
    const { rules } = readRules(cwd, file)
    const readings = readReadings(readText(cwd, data), data, rules)
    const tried = runOver(rules, readings)
    if (typeof options.against !== 'string') {
      for (const event of tried.events) print(lineOf(event))
    } else {
      const other = runOver(readRules(cwd, options.against).rules, readings)
      printDifference(other.events, tried.events, terminal)
    }
    print(summaryOf(tried, readings))
    return 0
  },
}

interface Tried {
  readonly events: readonly AlarmEvent[]
  readonly rejected: number
}

/** In the order of their times, each patient's as they came: a file may hold one patient after the other. */
function runOver(rules: RuleSet, readings: readonly Reading[]): Tried {
  let rejected = 0
  const ward = compileRules(rules, { onRejected: () => rejected++ })
  const ordered = readings.toSorted((a, b) => a.time - b.time)
  const events = ordered.flatMap((reading) => ward.feed(reading))
  const last = ordered.at(-1)
  if (last !== undefined) events.push(...ward.advanceTo(last.time + AFTER_MS))
  return { events, rejected }
}

function printDifference(before: readonly AlarmEvent[], after: readonly AlarmEvent[], { print }: Terminal): void {
  const [old, now] = [new Map(before.map(entryOf)), new Map(after.map(entryOf))]
  for (const [key, event] of old) if (!now.has(key)) print(`- ${lineOf(event)}`)
  for (const [key, event] of now) if (!old.has(key)) print(`+ ${lineOf(event)}`)
}

function entryOf(event: AlarmEvent): [string, AlarmEvent] {
  const { patientId, rule, time, priority, why } = event
  return [JSON.stringify([patientId, rule, event.event, time, priority, why.error]), event]
}

function lineOf({ patientId, rule, event, time, priority, why }: AlarmEvent): string {
  const at = new Date(time).toISOString().replace('.000Z', 'Z')
  const what = event === 'raised' ? `${priority.padEnd(6)} ${rule}` : `over   ${rule}`
  const because = why.because === undefined || event === 'cleared' ? '' : ` "${why.because}"`
  return `${at}  ${patientId}  ${what}${because}: ${why.condition}${valuesOf(why)}`
}

function valuesOf({ values }: AlarmEvent['why']): string {
  const shown = values.map(({ signal, expression, value, unit }) => {
    return `${expression ?? signal} was ${value === null ? 'unknown' : `${value}${unit === undefined ? '' : ` ${unit}`}`}`
  })
  return shown.length === 0 ? '' : ` (${[...new Set(shown)].join(', ')})`
}

function summaryOf({ events, rejected }: Tried, readings: readonly Reading[]): string {
  const raised = events.filter(({ event }) => event === 'raised')
  const patients = new Set(readings.map(({ patientId }) => patientId))
  const of = (['high', 'medium', 'low'] as const)
    .map((priority) => [raised.filter((alarm) => alarm.priority === priority).length, priority] as const)
    .filter(([count]) => count > 0)
    .map(([count, priority]) => `${count} ${priority}`)
  const counts = `${raised.length} alarm${raised.length === 1 ? '' : 's'}${of.length === 0 ? '' : ` (${of.join(', ')})`}`
  const lost = rejected === 0 ? '' : `; ${rejected} values that no rule could use`
  return `${counts} in ${readings.length} readings of ${patients.size} patient${patients.size === 1 ? '' : 's'}${lost}`
}
