// Runs the ward over a folder of recordings, whole and every seventh reading, and holds its windows against SQL over the
// CSV files and its alarms against a plain scan of them.
//
//   node --conditions=@millrace/source scripts/ward-check-bidmc.ts [DIR] [--window 30s] [--command "npm start --"] [--keep]
//
// DIR is by default the folder `bidmc` in MILLRACE_DATA. Ends non-zero on any difference, and where a rule that must find
// something finds nothing.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RuleWords, rule, ruleSet } from '@millrace/rules'
import { type AlarmEvent, type EpisodeRule, findEpisodes } from '../examples/ward/oracles/episodes.ts'
import { readRecording, recordingsIn, thinned } from '../examples/ward/oracles/recordings.ts'
import { compareWindows, windowsBySql } from '../examples/ward/oracles/windows-by-sql.ts'
import { KillableJob } from './killable-job.ts'
import { wardCommand } from './ward-job.ts'

interface CheckedRule {
  readonly words: RuleWords
  readonly episodes: EpisodeRule
  /** It must raise something at least once. */
  readonly mustFind: boolean
}

const SECOND = 1_000
const rules: readonly CheckedRule[] = (['break', 'hold'] as const).flatMap((missing) => [
  {
    words: rule(`spo2-low-${missing}`)
      .when((v) => v.spo2.below('94 %'))
      .for('15s')
      .clearWhen((v) => v.spo2.atLeast('96 %'))
      .missing(missing),
    episodes: {
      ...{ signal: 'spo2', comparison: '<', limit: 94, forMs: 15 * SECOND },
      ...{ clearComparison: '>=', clearLimit: 96, zeros: 'value', missing },
    },
    mustFind: true,
  },
  {
    words: rule(`heart-rate-high-${missing}`)
      .when((v) => v.heartRate.above('110 /min'))
      .for('30s')
      .missing(missing),
    episodes: { signal: 'heartRate', comparison: '>', limit: 110, forMs: 30 * SECOND, zeros: 'value', missing },
    mustFind: true,
  },
  ...(['value', 'no-signal'] as const).map((zeros) => ({
    words: rule(`respiratory-rate-low-zeros-${zeros}-${missing}`)
      .when((v) => v.respiratoryRate.below('8 /min'))
      .for('15s')
      .zeros(zeros)
      .missing(missing),
    episodes: { signal: 'respiratoryRate', comparison: '<', limit: 8, forMs: 15 * SECOND, zeros, missing } as const,
    mustFind: false,
  })),
])

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    window: { type: 'string', default: '30s' },
    command: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const folder = positionals[0] ?? join(process.env.MILLRACE_DATA ?? '', 'bidmc')
const windowMs = windowInMs(options.window)
const work = mkdtempSync(join(tmpdir(), 'millrace-ward-check-'))
let failures = 0

try {
  const rulesFile = join(work, 'rules.json')
  writeFileSync(rulesFile, JSON.stringify(ruleSet(rules.map(({ words }) => words))))
  const sparse = join(work, 'every-seventh')
  mkdirSync(sparse)
  for (const { path } of recordingsIn(folder)) {
    writeFileSync(join(sparse, basename(path)), thinned(readFileSync(path, 'utf8'), 7))
  }
  await check('whole recordings', folder, join(work, 'out-whole'), rulesFile)
  await check('every seventh reading', sparse, join(work, 'out-seventh'), rulesFile)
} finally {
  if (options.keep) console.log(`kept ${work}`)
  else rmSync(work, { recursive: true, force: true })
}
console.log(failures === 0 ? 'all equal' : `${failures} differences`)
process.exitCode = failures === 0 ? 0 : 1

async function check(name: string, input: string, out: string, rulesFile: string): Promise<void> {
  const args = ['--input', input, '--window', options.window, '--rules', rulesFile, '--out', out]
  await new KillableJob(wardCommand(options.command), args).succeed()

  const expected = await windowsBySql(input, windowMs)
  const differences = compareWindows(join(out, 'windows.ndjson'), expected)
  console.log(`\n${name}: ${expected.length} windows of ${options.window}, ${differences.length} values differ`)
  if (differences.length > 0) console.table(differences.slice(0, 20))
  failures += differences.length

  const recordings = recordingsIn(input).map(({ patientId, path }) => ({ patientId, rows: readRecording(path) }))
  const alarms = readFileSync(join(out, 'alarms.ndjson'), 'utf8').split('\n').filter(Boolean)
  const events = alarms.map((line): AlarmEvent & { readonly rule: string } => JSON.parse(line))
  console.table(rules.map((checked) => compareEpisodes(checked, recordings, events)))
}

function compareEpisodes(
  { words, episodes, mustFind }: CheckedRule,
  recordings: readonly { readonly patientId: string; readonly rows: ReturnType<typeof readRecording> }[],
  alarms: readonly (AlarmEvent & { readonly rule: string })[],
): object {
  const { id } = words.toJSON()
  const expected = recordings.flatMap(({ patientId, rows }) => findEpisodes(patientId, rows, episodes))
  const wanted = expected.map(asText)
  const found = alarms.filter((alarm) => alarm.rule === id).map(asText)
  const missed = without(wanted, found)
  const invented = without(found, wanted)
  const raised = expected.filter(({ event }) => event === 'raised').length
  if (mustFind && raised === 0) failures += 1
  failures += missed.length + invented.length
  return {
    rule: id,
    raised,
    cleared: expected.length - raised,
    found: found.length,
    missed: missed.slice(0, 3).join(', ') || 0,
    invented: invented.slice(0, 3).join(', ') || 0,
  }
}

function asText({ patientId, event, time }: AlarmEvent): string {
  return `${patientId} ${event} at ${time}`
}

/** Those of `left` that `right` has not, as multisets. */
function without(left: readonly string[], right: readonly string[]): string[] {
  const rest = [...right]
  return left.filter((text) => {
    const at = rest.indexOf(text)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

function windowInMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(count) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN)
  if (!(ms > 0)) throw new Error(`--window was ${text}: write a whole number with ms, s, m or h`)
  return ms
}
