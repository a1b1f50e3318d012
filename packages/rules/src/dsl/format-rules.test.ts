import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleSets } from '../../test/arbitraries.ts'
import { setsOfFormat2 } from '../../test/format-2-arbitraries.ts'
import { anyTexts, everything, everythingOfFormat2, ownLimitsInWords } from '../../test/rule-texts.ts'
import { formatRules, MillraceRulesError, parseRuleSet, parseRules, printRules } from '../index.ts'

const cases = Number(process.env.MILLRACE_CASES ?? 2000)

/** The text without white space but in quotes, braces and comments: what must be the same before and after. */
function squeezed(text: string): string {
  const kept = /"(?:[^"\\]|\\.)*"|\{[^{}]*\}|#[^\n]*|\S/g
  return Array.from(text.matchAll(kept), ([part]) => (part.startsWith('#') ? `${part.trimEnd()}\n` : part)).join('')
}

function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof MillraceRulesError) return error.problems
    throw error
  }
}

/** The version, or what is wrong, but not where. */
function messages(read: unknown): unknown {
  return typeof read === 'string' ? read : (read as { message: string }[]).map(({ message }) => message)
}

const comment = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => `#${text.replace(/[\n]/g, ' ')}\n`)
const space = fc.constantFrom(' ', '\n', '\n\n', '\t', '\r\n', '  \n  ')
const gap = fc.array(fc.oneof({ weight: 3, arbitrary: space }, comment), { minLength: 1, maxLength: 4 })

/** A text that can be read, and the same with other white space and comments. */
const scattered = fc
  .tuple(
    fc.oneof(ruleSets, setsOfFormat2).map((json) => printRules(parseRuleSet(json))),
    fc.array(gap, { minLength: 1, maxLength: 40 }),
  )
  .map(([text, gaps]) => {
    let i = 0
    const other = () => (gaps[i++ % gaps.length] as string[]).join('')
    // A number and what follows it stay on their line: it may be a unit. So does what stands in quotes or braces.
    const parts = text.split(/("(?:[^"\\]|\\.)*"|\{[^{}]*\}|\d [^\s{"]*|\s+)/)
    return { text, other: parts.map((part) => (/^\s+$/.test(part) ? other() : part)).join('') + other() }
  })

describe('formatRules', () => {
  it('lays out every section, clause and limit on a line, and keeps comments where they stood', () => {
    const text = `# header

# about a
attribute pathway2 text   # what
 attribute score number
# between
attribute dose mg/kg
schedule night from 22:00 to 06:00 on mon,tue , wed in Europe/Berlin
limits default heart-rate .high 120 /min # the ward's
   # own
  ward icu heart-rate.high 130 /min
   # of limits

# of asystole
   # too

alarm asystole   "x # y"
# of when
when heart-rate<1 /min # why
  and (spo2 > 3 % # first
  # second
  or spo2 is known) for 5 s

  priority high

  # last of asystole
alarm b when mean (heart-rate over 1 m,at least 3)>limit( heart-rate.high ) and not(2 of(spo2>3 %,spo2<4 %))
 # last of b
# end


`
    expect(formatRules(text)).toBe(`# header

# about a
attribute pathway2 text  # what
attribute score number
# between
attribute dose mg/kg

schedule night from 22:00 to 06:00 on mon, tue, wed in Europe/Berlin

limits
  default heart-rate.high 120 /min  # the ward's
  # own
  ward icu heart-rate.high 130 /min
  # of limits

# of asystole
# too

alarm asystole "x # y"
  # of when
  when heart-rate < 1 /min  # why
    and (spo2 > 3 %  # first
    # second
    or spo2 is known) for 5s
  priority high
  # last of asystole

alarm b
  when mean(heart-rate over 1m, at least 3) > limit(heart-rate.high) and not (2 of (spo2 > 3 %, spo2 < 4 %))
  # last of b

# end
`)
  })

  it('leaves canonical text as it is', () => {
    for (const text of [everything, everythingOfFormat2, ownLimitsInWords, '', '# nothing\n']) {
      expect(formatRules(text)).toBe(text)
    }
    fc.assert(
      fc.property(fc.oneof(ruleSets, setsOfFormat2), (json) => {
        const text = printRules(parseRuleSet(json))
        expect(formatRules(text)).toBe(text)
      }),
    )
  })

  it('changes white space alone: what is said and every comment stay, in their order', () => {
    fc.assert(
      fc.property(scattered, ({ text, other }) => {
        const formatted = formatRules(other)
        expect(squeezed(formatted)).toBe(squeezed(other))
        expect(formatRules(formatted)).toBe(formatted)
        expect(parseRules(formatted).version).toBe(parseRules(text).version)
        for (const line of formatted.split('\n')) expect(line).toBe(line.trimEnd())
      }),
      { numRuns: cases },
    )
  }, 600_000)

  it('refuses what cannot be read as parseRules does, for any text, and leaves the rest in its meaning', () => {
    fc.assert(
      fc.property(anyTexts, (text) => {
        const formatted = outcome(() => formatRules(text))
        const read = outcome(() => parseRules(text).version)
        if (typeof formatted !== 'string') {
          expect(read).toEqual(formatted)
          return
        }
        expect(squeezed(formatted)).toBe(squeezed(text))
        expect(formatRules(formatted)).toBe(formatted)
        const again = outcome(() => parseRules(formatted).version)
        expect(messages(again)).toEqual(messages(read))
      }),
      { numRuns: cases },
    )
  }, 600_000)

  it('formats what does not fit together: that is not what it looks at', () => {
    expect(formatRules('alarm a when   spo2 < 88 mmHg')).toBe('alarm a\n  when spo2 < 88 mmHg\n')
    expect(() => formatRules('alarm a when spo2 <')).toThrow('line 1, column 20: expected')
  })

  it('lays out texts of millions of characters', () => {
    const alarm = (i: number) => `alarm a${i} when spo2<88 % # why\n`
    const text = Array.from({ length: 20_000 }, (_, i) => alarm(i)).join('')
    expect(formatRules(text).split('\n')).toHaveLength(60_000)
    expect(formatRules('#\n'.repeat(1_000_000))).toHaveLength(2_000_000)
    expect(formatRules(`alarm a "${'x'.repeat(8_000_000)}" when spo2 < 1 %`)).toHaveLength(8_000_000 + 29)
  }, 60_000)
})
