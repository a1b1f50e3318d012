import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import { setsOfFormat2 } from '../../test/format-2-arbitraries.ts'
import { anyTexts, everything, everythingOfFormat2, ownLimitsInWords, tableInWords } from '../../test/rule-texts.ts'
import {
  limit,
  MillraceRulesError,
  parseRuleSet,
  parseRules,
  printRules,
  type RuleProblem,
  rule,
  ruleSet,
} from '../index.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 2000)

function problemsOf(text: string): readonly RuleProblem[] {
  try {
    parseRules(text)
    return []
  } catch (error) {
    if (error instanceof MillraceRulesError) return error.problems
    throw error
  }
}

const where = (text: string) =>
  problemsOf(text).map(({ code, message, position }) => `${position?.line}:${position?.column} ${code} ${message}`)

describe('parseRules and printRules', () => {
  it('reads words, JSON and the builder as the same rule set', () => {
    const spo2Low = rule('spo2-low')
      .when((v) => v.spo2.below('88 %'))
      .for('15s')
      .clearWhen((v) => v.spo2.atLeast('91 %'))
      .for('10s')
      .priority('high')
      .because('Sustained desaturation')
    const fast = rule('fast').when((v) => v.heartRate.above(limit('heartRate.high')))
    const built = ruleSet([spo2Low, fast], { limits: { default: { 'heartRate.high': '120 /min' } } })
    const read = parseRules(`
      limits default heart-rate.high 120 /min   # the ward's own come later
      alarm spo2-low "Sustained desaturation"
        when spo2 < 88 % for 15s
        clear when spo2 >= 91 % for 10s
        priority high
      alarm fast when heart-rate > limit(heart-rate.high)
    `)
    expect(read.toJSON()).toEqual(built.toJSON())
    expect(read.version).toBe(built.version)
  })

  it('prints canonical text as it was', () => {
    expect(printRules(parseRules(everything))).toBe(everything)
    expect(printRules(parseRules(everythingOfFormat2))).toBe(everythingOfFormat2)
    expect(printRules(parseRules(ownLimitsInWords))).toBe(ownLimitsInWords)
    expect(printRules(parseRules(tableInWords))).toBe(tableInWords)
    expect(printRules(parseRules(''))).toBe('')
  })

  it('keeps the versions that rule sets have had since the first of each format', () => {
    const versions = [everything, 'alarm spo2-low when spo2 < 88 % for 15s', '', everythingOfFormat2]
    expect(versions.map((text) => parseRules(text).version)).toEqual([
      'sha256:9b2a43e7c1ca0cd61540ca78f059b748b21e1f69409e409a4062e98442700f2e',
      'sha256:45a41d3eddca07485055676fb7747268166fa2eb7adcbeaf2b32a6973f7775f4',
      'sha256:88f7dc37e6caca0b5da5c3a9a41f84a3ab2de3d6767fd1f08c2bbe745e9a8d04',
      'sha256:caf7d8576d4ceaa28520276d3be6fb958fbd3cbf782b6e553b390fe3d930a1e1',
    ])
  })

  it('finds the examples of the page on the language in canonical form', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/concepts/rule-language.md'), 'utf8')
    const examples = Array.from(
      page.matchAll(/^```\n((?:limits|attribute)\n?[^`]*)```$/gm),
      ([, text]) => text as string,
    )
    expect(examples).toHaveLength(3)
    for (const text of examples) expect(printRules(parseRules(text))).toBe(text)
  })

  it('reads back any rule set that it printed', () => {
    fc.assert(
      fc.property(ruleSets, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (json, because, who) => {
        const named = {
          ...json,
          rules: json.rules.map((one) => ({ ...one, because })),
          limits: { ...json.limits, wards: { [who]: { 'spo2.high': '3 {# any}%' } } },
        }
        const set = parseRuleSet(named)
        const text = printRules(set)
        const read = parseRules(text)
        expect(read.toJSON()).toEqual(set.toJSON())
        expect(read.version).toBe(set.version)
        expect(printRules(read)).toBe(text)
      }),
      { numRuns: Math.min(cases, 2000) },
    )
  })

  it('reads back any rule set of format 2 that it printed', () => {
    fc.assert(
      fc.property(setsOfFormat2, (json) => {
        const set = parseRuleSet(json)
        const text = printRules(set)
        const read = parseRules(text)
        expect(read.toJSON()).toEqual(set.toJSON())
        expect(read.version).toBe(set.version)
        expect(printRules(read)).toBe(text)
      }),
      { numRuns: Math.min(cases, 2000) },
    )
  })

  it('names line, column and what was meant, with a caret', () => {
    const text = 'alarm low\n  when spo3 < 88 % for 15s\n  priority high\n'
    expect(where(text)).toEqual(['2:8 RULES_SIGNAL_UNKNOWN unknown signal "spo3"; did you mean spo2?'])
    expect(problemsOf(text)[0]?.position?.excerpt).toBe('2 |   when spo3 < 88 % for 15s\n  |        ^')
    expect(() => parseRules(text)).toThrow('line 2, column 8: unknown signal "spo3"; did you mean spo2?')
  })

  it.each([
    ['alarm a\n\twhen spo2 < 88', '2:16 RULES_TEXT_INVALID expected a unit after 88, found the end of the text'],
    ['alarm a when spo2 < 88\n%', '1:23 RULES_TEXT_INVALID expected a unit after 88, found the end of the line'],
    [
      'alarm a when spo2 ~ 8 %',
      '1:19 RULES_TEXT_INVALID expected <, <=, >, >=, =, !=, between, outside, in or is, found "~"',
    ],
    ['alarm a when spo2 < 88 % fro 5s', '1:26 RULES_TEXT_INVALID'],
    ['alarm a whem spo2 < 88 %', 'did you mean when?'],
    ['alarn a', 'did you mean alarm?'],
    ['valid spo2 for 1m\nalarn a', '2:1 RULES_TEXT_INVALID'],
    ['alarm a when spo2 < 88 % or spo2 > 99 % and spo2 > 4 %', '1:41 RULES_TEXT_INVALID "and" and "or"'],
    ['alarm a when (spo2 < 88 %', 'expected ")", found the end'],
    ['alarm a when not no spo2 within 3s', '1:18 RULES_TEXT_INVALID a silence stands alone'],
    ['alarm a "text', '1:9 RULES_TEXT_INVALID this text has no closing quote'],
    ['alarm a "\\q" when spo2 < 1 %', '1:9 RULES_TEXT_INVALID this text has an escape'],
    ['alarm a when spo2 < 1 % when spo2 < 2 %', '1:25 RULES_TEXT_INVALID this alarm has its "when" already'],
    ['alarm a when news2() > 1', '1:14 RULES_TEXT_UNSUPPORTED news2(...)'],
    [
      'alarm a when maen(spo2 over 1m) > 1 %',
      '1:14 RULES_FUNCTION_UNKNOWN unknown function "maen"; did you mean mean?',
    ],
    [
      'alarm a when max(spo2, spo2) > 1 %',
      '1:22 RULES_TEXT_INVALID expected "over": of several values it is greatest(a, b)',
    ],
    ['alarm a when mean(spo2 over 1m) > 1 /min', '1:14 RULES_TYPE_MISMATCH'],
    ['alarm a when mean(spo2 over 0s) > 1 %', '1:29 RULES_DURATION_INVALID'],
    ['alarm a when mean(spo2 over 1m, at least 0) > 1 %', '1:42 RULES_COUNT_INVALID'],
    ['alarm a when time-in-range(spo2 over 1h) > 1 %', '1:33 RULES_TEXT_INVALID expected "between"'],
    [
      'alarm a when (spo2 > 3 %) + 5 % > 3 %',
      '1:14 RULES_TEXT_INVALID this is a condition, and a value is needed here',
    ],
    ['alarm a when 2 of (spo2 < 3 %)', '1:20 RULES_CONDITION_INVALID at least two'],
    ['alarm a when 3 of (spo2 < 3 %, spo2 > 4 %)', '1:14 RULES_COUNT_INVALID'],
    ['alarm a when spo2', '1:18 RULES_TEXT_INVALID expected <, <=, >, >=, =, !='],
    ['alarm a when spo3 > 5', '1:14 RULES_SIGNAL_UNKNOWN unknown signal "spo3"; did you mean spo2?'],
    ['define low as spo2 < 3 %\nalarm a when slow', '2:14 RULES_SIGNAL_UNKNOWN unknown name "slow"; did you mean low?'],
    ['alarm a when pathwy = "x"', '1:14 RULES_SIGNAL_UNKNOWN unknown name "pathwy"; did you mean pathway?'],
    ['alarm a when HR > 3 /min', '1:14 RULES_SIGNAL_UNKNOWN unknown signal "HR"; did you mean heart-rate?'],
    ['alarm a when pulse rate > 3 /min', '1:14 RULES_SIGNAL_UNKNOWN unknown signal "pulse"; did you mean pulse-rate?'],
    ['alarm a when avg(spo2 over 1m) > 1 %', '1:14 RULES_FUNCTION_UNKNOWN unknown function "avg"; did you mean mean?'],
    ['alarm a when age > 60 years', '1:23 RULES_UNIT_UNKNOWN unknown unit "years"; did you mean a?'],
    [
      'alarm a when age > 60',
      '1:14 RULES_TYPE_MISMATCH a comparison needs two values of one kind, got time and number: the',
    ],
    ["alarm a when pathway = 'sepsis'", '1:24 RULES_TEXT_INVALID a text stands in double quotes'],
    ['alarm a when spo2 == 3 %', '1:19 RULES_TEXT_INVALID "==" is written ='],
    ['alarm a when spo2 ≥ 3 %', '1:19 RULES_TEXT_INVALID "≥" is written >='],
    ['alarm a when spo2 < 3 % during night', 'expected "notify" (a condition at that time is written "and during"'],
    ['define low as spo2 < 3\nalarm a when low', '1:23 RULES_TEXT_INVALID expected a unit after 3'],
    ['define a as b + 1\ndefine b as a * 2', 'RULES_DEFINITION_CYCLE'],
    ['define spo2 as heart-rate', '1:8 RULES_NAME_TAKEN'],
    ['define x as 1 define x as 2', '1:22 RULES_TEXT_INVALID this name is one of the definitions already'],
    ['define x as spo2 5m', '1:20 RULES_TEXT_INVALID expected "ago"'],
    ['alarm a when during nigth', '1:14 RULES_SCHEDULE_UNKNOWN'],
    [
      'schedule night from 22:00 to 06:00 in UTC\nalarm a when during nigth',
      '2:14 RULES_SCHEDULE_UNKNOWN there is no schedule "nigth"; did you mean night?',
    ],
    [
      'schedule night from 22:00 to 06:00 in UTC\nalarm a when spo2 < 1 % during nigth notify a',
      '2:32 RULES_SCHEDULE_UNKNOWN there is no schedule "nigth"; did you mean night?',
    ],
    ['schedule night from 25:00 to 06:00 in UTC', '1:21 RULES_SCHEDULE_INVALID'],
    ['schedule night from 22:00 to 06:00 in Europe/Berlim', '1:39 RULES_SCHEDULE_INVALID'],
    ['schedule night from 22:00 to 06:00 on mon, tus in UTC', 'RULES_VALUE_INVALID "tus" is none of'],
    ['attribute dose furlong', '1:11 RULES_UNIT_UNKNOWN'],
    ['attribute dose', 'expected text, number or a unit, found the end of the text'],
    ['alarm a when spo2 is odd', '1:22 RULES_TEXT_INVALID expected known or unknown, found "odd"'],
    ['alarm a when pathway > "sepsis"', '1:14 RULES_TYPE_MISMATCH'],
    ['alarm a when pathway', '1:14 RULES_CONDITION_INVALID'],
    ['alarm a when spo2 < 1 % rearm 5m', '1:31 RULES_TEXT_INVALID expected "after"'],
    ['alarm a when spo2 < 1 % suppressed by b', '1:39 RULES_VALUE_INVALID "b" is no rule of this set'],
    [
      'alarm asystole when spo2 < 1 %\nalarm brady when spo2 < 1 %\n  suppressed by asystole, asystole, asystol, a',
      '3:37 RULES_VALUE_INVALID "asystol" is no rule of this set; did you mean asystole?',
    ],
    ['alarm brady when spo2 < 1 % suppressed by brady1', '1:43 RULES_VALUE_INVALID "brady1" is no rule of this set'],
    [
      'table t by age row 1 spo2 low row 2 spo2 from 9 % normal\nalarm a when spo2 < 1 % suppressed by t.2, t.1',
      '2:39 RULES_VALUE_INVALID "t.2" is no rule of this set',
    ],
    [
      'table t by age row 1 spo2 low\nalarm a when spo2 < 1 % suppressed by t.1 priority high',
      '2:39 RULES_VALUE_INVALID a rule of low priority cannot speak for one of high',
    ],
    [
      'define shock-index as heart-rate / systolic\nalarm a\n  when shok-index > 1 /min/mm[Hg]',
      '3:8 RULES_SIGNAL_UNKNOWN unknown name "shok-index"; did you mean shock-index?',
    ],
    ['alarm a when spo2 < 1 % after 5m', '1:33 RULES_TEXT_INVALID expected "notify"'],
    ['alarm a when spo2 < 1 % notify a notify b', '1:34 RULES_TEXT_INVALID this alarm has its "notify" already'],
    ['alarm a when spo2 < 1 % during day notify a', '1:32 RULES_SCHEDULE_UNKNOWN'],
    ['limits default spo2.low 3 % default spo2.low 4 %', '1:37 RULES_TEXT_INVALID this limit'],
    ['valid spo2 for 1m valid spo2 for 2m', '1:25 RULES_TEXT_INVALID'],
    ['limits bed 3', 'expected default, own, ward, patient'],
    ['limits own spo2.low', '1:20 RULES_TEXT_INVALID expected "between" or "for at most", found the end of the text'],
    ['limits default spo2.low 3 % own spo2.low for 5m', '1:46 RULES_TEXT_INVALID expected "at", found "5m"'],
    ['limits own spo2.low for at most 5m', '1:12 RULES_LIMIT_UNKNOWN limit "spo2.low" has no default'],
    [
      'limits default spo2.low 9 % own spo2.lo for at most 5m',
      '1:33 RULES_LIMIT_UNKNOWN limit "spo2.lo" has no default; did you mean spo2.low?',
    ],
    ['limits default spo2.low 9 % own spo2.low between 3 and 4 %', '1:52 RULES_TEXT_INVALID expected a unit after 3'],
    ['limits default spo2.low 9 % own spo2.low between 3 /min and 4 %', '1:52 RULES_UNIT_MISMATCH'],
    ['limits default spo2.low 9 % own spo2.low between 9 % and 4 %', '1:50 RULES_RANGE_EMPTY'],
    ['limits default spo2.low 9 % own spo2.low for at most 0s', '1:54 RULES_DURATION_INVALID'],
    ['limits default spo2.low 9 % own spo2.low for at most 1s own spo2.low for at most 1s', '1:61 RULES_TEXT_INVALID'],
    [
      'limits\n  default spo2.low 90 %\n  own spo2.low between 80 % and 95 %\n  patient p7 spo2.low 79.5 %',
      "4:23 RULES_LIMIT_OUT_OF_RANGE a patient's own spo2.low may be 80 % to 95 %, got 79.5 %",
    ],
    [
      'limits\n  default spo2.low 90 %\n  own spo2.low for at most 12h\n  patient p7 spo2.low 79.5 %',
      "4:23 RULES_LIMIT_TOO_LONG a patient's own spo2.low may hold for 12h at most, and here it has no end",
    ],
    ['alarm a when spo2 < 88 mmHg', '1:24 RULES_UNIT_UNKNOWN unknown unit "mmHg"; did you mean mm[Hg]?'],
    ['alarm a when spo2 < 88 mm[Hg]', '1:24 RULES_UNIT_MISMATCH'],
    ['alarm a when spo2 > limit(spo2.high)', '1:27 RULES_LIMIT_UNKNOWN'],
    ['alarm a when 4 of 3 spo2 > 1 %', '1:14 RULES_COUNT_INVALID'],
    ['alarm a when spo2 between 9 % and 1 %', '1:19 RULES_RANGE_EMPTY'],
    ['alarm a when no spo2 within 0s', '1:29 RULES_DURATION_INVALID'],
    ['alarm a when spo2 < 1e999 %', '1:21 RULES_QUANTITY_INVALID'],
    ['alarm a when no spo2 within 3s for 4s', '1:32 RULES_FIELD_UNKNOWN'],
    ['alarm a when spo2 < 1 % priority urgent', '1:34 RULES_VALUE_INVALID'],
    ['alarm a', '1:1 RULES_FIELD_MISSING a rule needs a condition'],
    ['alarm a when spo2 < 1 %\nalarm a when spo2 < 1 %', '2:7 RULES_ID_DUPLICATE'],
    ['limits patient p7 spo2.low 3 %', '1:28 RULES_LIMIT_UNKNOWN'],
  ])('refuses %j', (text, message) => {
    expect(where(text).join('\n')).toContain(message)
  })

  it('names a mistake of each alarm', () => {
    expect(where('alarm a when x\nalarm b when y\nlimits z').map((line) => line.split(' ')[0])).toEqual([
      '1:14',
      '2:14',
      '3:8',
    ])
  })

  it('refuses what nests too deeply, and ends', () => {
    const deep = `alarm a when ${'('.repeat(100_000)}`
    expect(where(deep)[0]).toContain('1:115 RULES_CONDITION_TOO_DEEP')
    const nots = `alarm a when ${'not '.repeat(40)}spo2 < 1 %`
    expect(where(nots)[0]).toContain('RULES_CONDITION_TOO_DEEP')
    expect(where(`alarm a when ${'abs('.repeat(100_000)}`)[0]).toContain('1:418 RULES_CONDITION_TOO_DEEP')
    expect(where(`alarm a when ${'1 of ('.repeat(100_000)}`)[0]).toContain('RULES_CONDITION_TOO_DEEP')
    expect(where(`alarm a when ${'1 + '.repeat(100_000)}1 > 2`)[0]).toContain('RULES_CONDITION_TOO_DEEP')
    expect(() => parseRules('#'.repeat(16 * 1024 * 1024 + 1))).toThrow('more than 16777216 characters')
  })

  it('reads runs of millions of characters of every kind', () => {
    const n = 8_000_000
    const plain = 'alarm a when spo2 < 1 %'
    expect(parseRules(' '.repeat(n)).rules).toEqual([])
    expect(parseRules('#\n'.repeat(n / 2)).rules).toEqual([])
    expect(parseRules(`alarm a "${'x'.repeat(n)}" when spo2 < 1 %`).rules[0]?.because).toHaveLength(n)
    expect(parseRules(`alarm a "${'\\n'.repeat(n / 2)}" when spo2 < 1 %`).rules[0]?.because).toHaveLength(n / 2)
    expect(where(`alarm a "${'x'.repeat(n)}`)[0]).toContain('1:9 RULES_TEXT_INVALID')
    expect(where(`${plain}${'x'.repeat(n)}`)[0]).toContain('1:23 RULES_UNIT_UNKNOWN')
    expect(parseRules(`alarm a when spo2 < 1 ${'{}'.repeat(n / 2)}%`).rules).toHaveLength(1)
    expect(where(`alarm a when spo2 < ${'1'.repeat(n)} %`)[0]).toContain('RULES_QUANTITY_INVALID')
    expect(where(`${plain}\n`.repeat(2000).replaceAll('%', 'mmHg'))).toHaveLength(3999)
  }, 60_000)

  it('reads names that are given further down, and names the faults in their order', () => {
    const text = 'alarm a when fast and bed = "3"\ndefine fast as heart-rate > 9 /min\nattribute bed text'
    expect(parseRules(text).rules[0]?.when).toEqual({
      and: [{ use: 'fast' }, { expression: { attribute: 'bed' }, equals: { text: '3' } }],
    })
    expect(where('alarm a when x\nlimits z\nalarm b when y or spo2 < 3').map((line) => line.split(' ')[0])).toEqual([
      '1:14',
      '2:8',
      '3:14',
      '3:27',
    ])
  })

  it('tells a unit from what follows a number', () => {
    const when = (text: string) => parseRules(`attribute n number\nalarm a when ${text}`).rules[0]?.when
    const n = { attribute: 'n' }
    const five = { value: 5, unit: '1' }
    expect(when('n > 5 / n')).toEqual({ expression: n, above: { op: '/', left: five, right: n } })
    expect(when('n > 5 -3')).toEqual({ expression: n, above: { op: '-', left: five, right: { value: 3, unit: '1' } } })
    expect(when('n > 5\npriority high')).toEqual({ expression: n, above: five })
    expect(when('n > 5 priority high')).toEqual({ expression: n, above: five })
    expect(when('n > 5{score}*2')).toEqual({
      expression: n,
      above: { op: '*', left: { value: 5, unit: '{score}' }, right: { value: 2, unit: '1' } },
    })
    expect(when('heart-rate > 5 /min / 2')).toEqual({
      expression: { signal: 'heartRate' },
      above: { op: '/', left: { value: 5, unit: '/min' }, right: { value: 2, unit: '1' } },
    })
    expect(where('attribute n number alarm a when n > 5 /n')[0]).toContain('RULES_UNIT_UNKNOWN unknown unit "/n"')
  })

  it('reads tens of thousands of names and alarms', () => {
    const lines = (line: (i: number) => string) => Array.from({ length: 30_000 }, (_, i) => line(i)).join('')
    const defined = lines((i) => `define d${i} as mean(heart-rate over 1m) - ${i} /min\n`)
    const used = lines((i) => `alarm a${i} when d${i} > 3 /min and heart-rate - pulse-rate < 5 /min for 5s\n`)
    expect(parseRules(defined + used).rules).toHaveLength(30_000)
    expect(where(defined + used.replaceAll('when d', 'when e'))).toHaveLength(50)
  }, 60_000)

  it('gives a rule set or mistakes with their place, for any text', () => {
    fc.assert(
      fc.property(anyTexts, (text) => {
        const lines = text.split('\n').length
        let set: ReturnType<typeof parseRules>
        try {
          set = parseRules(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceRulesError)
          const { problems } = error as MillraceRulesError
          expect(problems.length).toBeGreaterThan(0)
          for (const { position } of problems) {
            expect(position?.line).toBeGreaterThanOrEqual(1)
            expect(position?.line).toBeLessThanOrEqual(lines)
            expect(position?.column).toBeGreaterThanOrEqual(1)
          }
          return
        }
        expect(parseRules(printRules(set)).version).toBe(set.version)
      }),
      { numRuns: cases },
    )
  }, 600_000)
})
