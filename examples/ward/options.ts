import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MillraceError, parseDuration } from '@millrace/core'
import { MillraceRulesError, parseRuleSet, parseRules, problemText, type RuleSet } from '@millrace/rules'

/** What the ward is asked for on the command line. */
export interface WardCommand {
  /** A folder of recordings; `undefined`: the generated ward. */
  readonly input: string | undefined
  readonly epochMs: number
  readonly rules: RuleSet
  readonly windowMs: number
  readonly speed: number | undefined
  readonly checkpointMs: number
  readonly seed: number
  readonly patients: number
  readonly durationMs: number
  readonly out: string
  readonly resume: boolean
}

export const USAGE = `npm start -- [options]

  --input DIR       replay every CSV and NDJSON file of a folder instead of a generated ward
  --epoch TIME      what relative seconds count from, such as 2026-01-01T00:00:00Z (1970)
  --rules FILE      your own rules, in words or as JSON (.json), in place of examples/ward/rules.json
  --window 1m       the length of the tumbling windows
  --speed N         N times real time instead of flat out
  --checkpoint 1s   how often a checkpoint is taken
  --out DIR         where alarms, windows, summary and lake go (out/ward)
  --resume          go on with what stands in DIR
  --seed N          of the generated ward (1)
  --patients N      of the generated ward (24)
  --duration 1d     of the generated ward
`

/** Reads the command line. @throws CORE_OPTION_INVALID, CORE_DURATION_INVALID, or each mistake of the rules with its place */
export function parseCommand(args: readonly string[]): WardCommand | 'help' {
  const values = parse(args)
  if (values.help === true) return 'help'
  if (values.input !== undefined && (values.seed ?? values.patients ?? values.duration) !== undefined) {
    throw invalid('--input was given with --seed, --patients or --duration, which are of the generated ward')
  }
  return {
    input: values.input,
    epochMs: values.epoch === undefined ? 0 : timeOf(values.epoch),
    rules: readRules(values.rules ?? join(import.meta.dirname, 'rules.json')),
    windowMs: positiveMs('--window', values.window ?? '1m'),
    speed: values.speed === undefined ? undefined : positive('--speed', values.speed),
    checkpointMs: positiveMs('--checkpoint', values.checkpoint ?? '1s'),
    seed: whole('--seed', values.seed ?? '1'),
    patients: whole('--patients', values.patients ?? '24'),
    durationMs: positiveMs('--duration', values.duration ?? '1d'),
    out: values.out ?? (values.resume === true ? join('out', 'ward') : unusedFolder(join('out', 'ward'))),
    resume: values.resume ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        input: { type: 'string' },
        epoch: { type: 'string' },
        rules: { type: 'string' },
        window: { type: 'string' },
        speed: { type: 'string' },
        checkpoint: { type: 'string' },
        out: { type: 'string' },
        resume: { type: 'boolean' },
        seed: { type: 'string' },
        patients: { type: 'string' },
        duration: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'the options could not be read')
  }
}

/** Rules in words or, by the end of the file's name, as JSON; mistakes are told as `millrace rules check` tells them. */
function readRules(file: string): RuleSet {
  try {
    return /\.json$/.test(file) ? parseRuleSet(readJson(file)) : parseRules(readText(file))
  } catch (error) {
    if (!(error instanceof MillraceRulesError)) throw error
    throw new Error(`${file}: ${error.problems.map(problemText).join('\n')}`)
  }
}

function readJson(file: string): unknown {
  const text = readText(file)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MillraceError('CORE_OPTION_INVALID', `--rules was '${file}', which could not be read as JSON`, { cause })
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new MillraceError('CORE_OPTION_INVALID', `--rules was '${file}', which could not be read`, { cause })
  }
}

/** Without `--out` each run has a folder of its own, so that no run is lost to the next. */
function unusedFolder(base: string): string {
  for (let n = 1; ; n++) {
    const folder = n === 1 ? base : `${base}-${n}`
    if (!existsSync(folder) || readdirSync(folder).length === 0) return folder
  }
}

function timeOf(text: string): number {
  const time = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time))
    throw invalid(`--epoch was '${text}'; it is a time with its zone, such as 2026-01-01T00:00:00Z`)
  return time
}

function positiveMs(option: string, text: string): number {
  const ms = parseDuration(/^\d+$/.test(text) ? Number(text) : text, option)
  if (ms === 0) throw invalid(`${option} was '${text}'; it is more than 0`)
  return ms
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0 && Number.isFinite(number))) throw invalid(`${option} was '${text}'; it is a number above 0`)
  return number
}

function whole(option: string, text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0) {
    throw invalid(`${option} was '${text}'; it is a whole number of 0 or more`)
  }
  return number
}

function invalid(what: string): MillraceError {
  return new MillraceError('CORE_OPTION_INVALID', what)
}
