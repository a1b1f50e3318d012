import { describe, expect, test } from 'vitest'
import { type EpisodeRule, findEpisodes, type VitalsRow } from './episodes.ts'

const base: EpisodeRule = {
  signal: 'spo2',
  comparison: '<',
  limit: 94,
  forMs: 3_000,
  zeros: 'value',
  missing: 'break',
}

/** Rows at whole seconds: `'5:90'` is a reading of 90 at 5 s, `'5:-'` a row without one. */
function rows(text: string): VitalsRow[] {
  return text.split(' ').map((cell) => {
    const [second, value] = cell.split(':') as [string, string]
    return { time: Number(second) * 1_000, values: value === '-' ? {} : { spo2: Number(value) } }
  })
}

/** `'+5 -9'`: raised at 5 s, cleared at 9 s. */
function found(text: string, rule: Partial<EpisodeRule> = {}): string {
  const events = findEpisodes('p', rows(text), { ...base, ...rule })
  return events.map(({ event, time }) => `${event === 'raised' ? '+' : '-'}${time / 1_000}`).join(' ')
}

describe('for', () => {
  test.each([
    ['is met when it was true for the whole time', '0:90 1:90 2:90 3:90', '+3'],
    ['is not met before', '0:90 1:90 2:90', ''],
    ['is not met where a reading at the very end makes it false', '0:90 1:90 2:90 3:95 4:90 5:90', ''],
    ['is met where a reading just after the end makes it false', '0:90 3.001:95', '+3 -3.001'],
    ['counts from the first true reading', '0:95 1:90 2:90 9:90', '+4'],
    ['starts again after one false reading', '0:90 1:90 2:94 3:90 4:90 5:90 6:90', '+6'],
    ['is noticed at the next row, at the time at which it was met', '0:90 50:90', '+3'],
    ['is noticed by a row that does not carry the signal', '0:90 50:-', '+3'],
    ['is never noticed where no row follows', '0:90 2.999:-', ''],
  ])('%s', (_, text, expected) => {
    expect(found(text, text.includes(':-') ? { missing: 'hold' } : {})).toBe(expected)
  })

  test('of zero is met at once', () => {
    expect(found('0:95 1:90 2:95', { forMs: 0 })).toBe('+1 -2')
  })

  test('holds for each comparison at the limit itself', () => {
    const at = '0:94 9:94'
    expect([
      found(at),
      found(at, { comparison: '<=' }),
      found(at, { comparison: '>' }),
      found(at, { comparison: '>=' }),
    ]).toEqual(['', '+3', '', '+3'])
  })
})

describe('clearing', () => {
  const hysteresis = { clearComparison: '>=', clearLimit: 96 } as const
  test.each<[string, string, Partial<EpisodeRule>, string]>([
    ['is the negation by default', '0:90 3:90 5:94', {}, '+3 -5'],
    ['waits for a limit of its own', '0:90 3:90 5:95 7:96', hysteresis, '+3 -7'],
    ['waits for a time of its own', '0:90 3:90 5:95 6:95 7:95', { clearForMs: 2_000 }, '+3 -7'],
    ['starts that time again', '0:90 3:90 5:95 6:90 7:95 8:95 9:95', { clearForMs: 2_000 }, '+3 -9'],
    ['does not come from a blank', '0:90 3:90 5:- 9:-', {}, '+3'],
    ['does not come from a value that ran out', '0:90 200:90', {}, '+3'],
    ['lets the next alarm start', '0:90 3:90 4:95 5:90 8:90', {}, '+3 -4 +8'],
    [
      'is not needed where the condition was false in between but not clear',
      '0:90 3:90 5:95 6:90 9:90',
      hysteresis,
      '+3',
    ],
  ])('%s', (_, text, rule, expected) => {
    expect(found(text, rule)).toBe(expected)
  })

  test('lets a run that is under way count from the clearing, not from before', () => {
    // A clear condition that overlaps with the alarm's: 92 is low, and good enough to clear.
    expect(found('0:90 3:90 4:92 9:92', { clearComparison: '>=', clearLimit: 92 })).toBe('+3 -4 +7 -7')
  })
})

test('refuses conditions that would raise and clear without end', () => {
  expect(() => found('0:90 9:90', { forMs: 0, clearComparison: '<', clearLimit: 94 })).toThrow(/neither waits/)
})

describe('a signal that is not there', () => {
  test('breaks a run where it breaks', () => {
    expect(found('0:90 1:- 2:90 3:90 4:90 5:90')).toBe('+5')
  })

  test('does not where the last value holds', () => {
    expect(found('0:90 1:- 2:90 3:90', { missing: 'hold' })).toBe('+3')
  })

  test('is unknown once its last value has run out', () => {
    expect(found('0:90 2:- 100:-', { missing: 'hold', validForMs: 2_999 })).toBe('')
    expect(found('0:90 2:- 100:-', { missing: 'hold', validForMs: 3_000 })).toBe('+3')
    expect(found('0:90 2.001:90 4:90', { validForMs: 2_000 })).toBe('')
    expect(found('0:90 2:90 4:90', { validForMs: 2_000 })).toBe('+3')
  })

  test('is what a zero means where zeros are no signal', () => {
    const text = '0:90 1:0 2:90 3:90 4:90 5:90'
    expect(found(text)).toBe('+3')
    expect(found(text, { zeros: 'no-signal' })).toBe('+5')
    expect(found(text, { zeros: 'no-signal', missing: 'hold' })).toBe('+3')
    expect(found('0:95 1:0 9:0')).toBe('+4')
    expect(found('0:95 1:0 9:0', { zeros: 'no-signal' })).toBe('')
  })
})

test('agrees with a model that looks at every half second', () => {
  let state = 12_345
  const next = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % n
  }
  for (let round = 0; round < 300; round++) {
    const data: VitalsRow[] = []
    for (let second = 0; second < 60; second += 1 + next(3) * next(3)) {
      const value = [90, 90, 92, 95, 97, 0, undefined][next(7)]
      data.push({ time: second * 1_000, values: value === undefined ? {} : { spo2: value } })
    }
    const rule: EpisodeRule = {
      ...base,
      forMs: next(5) * 1_000,
      clearForMs: next(3) * 1_000,
      clearComparison: '>=',
      clearLimit: next(2) ? 94 : 96,
      zeros: next(2) ? 'value' : 'no-signal',
      missing: next(2) ? 'break' : 'hold',
      validForMs: 2_000 + next(4) * 1_000,
    }
    expect(findEpisodes('p', data, rule), `round ${round}`).toEqual(everyHalfSecond(data, rule))
  }
})

/** Walks time in steps of half a second, which all changes of these data fall on, and counts how long it has been true. */
function everyHalfSecond(data: readonly VitalsRow[], rule: EpisodeRule): unknown[] {
  const events: unknown[] = []
  let value: number | undefined
  let since = 0
  let isRaised = false
  let trueSince: number | undefined
  const last = data.at(-1)?.time ?? 0
  for (let now = 0; now <= last; now += 500) {
    const row = data.find(({ time }) => time === now)
    const reading = row?.values.spo2 === 0 && rule.zeros === 'no-signal' ? undefined : row?.values.spo2
    if (row !== undefined && (reading !== undefined || rule.missing === 'break')) {
      value = reading
      since = now
    }
    if (now - since > (rule.validForMs ?? 0)) value = undefined
    for (let changes = 0; changes < 2; changes++) {
      const isTrue = value !== undefined && (isRaised ? value >= (rule.clearLimit ?? 0) : value < rule.limit)
      trueSince = isTrue ? (trueSince ?? now) : undefined
      if (trueSince === undefined || now - trueSince < ((isRaised ? rule.clearForMs : rule.forMs) ?? 0)) break
      events.push({ patientId: 'p', event: isRaised ? 'cleared' : 'raised', time: now })
      isRaised = !isRaised
      trueSince = undefined
    }
  }
  return events
}
