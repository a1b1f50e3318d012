import { describe, expect, it } from 'vitest'
import {
  alarmId,
  and,
  evaluateRules,
  limit,
  or,
  parseRules,
  type Reading,
  type RuleSet,
  rule,
  ruleSet,
} from '../src/index.ts'
import { brief, Driver } from './driver.ts'

const s = (seconds: number): number => seconds * 1000

function run(
  rules: RuleSet,
  readings: readonly Omit<Reading, 'patientId'>[],
  options: { restore?: boolean } = {},
): Driver {
  const driver = new Driver(() => evaluateRules(rules))
  for (const reading of readings) {
    driver.read({ patientId: 'p1', ...reading })
    if (options.restore) driver.restore()
  }
  return driver
}

const spo2Low = ruleSet([
  rule('low')
    .when((v) => v.spo2.below('88 %'))
    .for('15s')
    .clearWhen((v) => v.spo2.atLeast('91 %'))
    .for('10s')
    .priority('high')
    .because('Sustained desaturation'),
])

describe('for', () => {
  const spo2 = (...values: [number, number][]) => values.map(([at, value]) => ({ time: s(at), spo2: value }))

  it('is met at s + d when the condition held on all of [s, s + d]', () => {
    expect(brief(run(spo2Low, spo2([0, 97], [5, 86], [10, 86], [25, 85])).events)).toEqual(['low raised 20000'])
  })

  it('is found by the next reading, with the time at which it was met', () => {
    const every7th = spo2([0, 95], [7, 80], [14, 80], [21, 80])
    expect(run(spo2Low, every7th).events).toEqual([])
    expect(brief(run(spo2Low, [...every7th, ...spo2([28, 95])]).events)).toEqual(['low raised 22000'])
  })

  it('is found by a reading that does not speak of the signal', () => {
    const readings = [...spo2([0, 80]), { time: s(40), heartRate: 80 }]
    expect(brief(run(spo2Low, readings).events)).toEqual(['low raised 15000'])
  })

  it('counts a reading at s + d: true there, it is met; false there, it is not', () => {
    expect(brief(run(spo2Low, spo2([0, 80], [15, 80])).events)).toEqual(['low raised 15000'])
    expect(run(spo2Low, spo2([0, 80], [15, 95], [60, 95])).events).toEqual([])
  })

  it('starts anew after one reading that does not satisfy it', () => {
    expect(brief(run(spo2Low, spo2([0, 80], [10, 88], [11, 80], [30, 80])).events)).toEqual(['low raised 26000'])
  })

  it('lets what was due before a reading happen before it, several transitions in order of time', () => {
    const quick = ruleSet([
      rule('a')
        .when((v) => v.spo2.below('88 %'))
        .for('5s')
        .clearWhen((v) => v.spo2.below('95 %'))
        .for('3s'),
      rule('b')
        .when((v) => v.spo2.below('88 %'))
        .for('6s'),
    ])
    expect(brief(run(quick, spo2([0, 80], [15, 99])).events)).toEqual([
      'a raised 5000',
      'b raised 6000',
      'a cleared 8000',
      'a raised 13000',
      'b cleared 15000',
    ])
  })

  it('without a delay is met by the reading itself', () => {
    const now = ruleSet([rule('now').when((v) => v.heartRate.above('110 /min'))])
    const readings = [
      { time: 5, heartRate: 111 },
      { time: 6, heartRate: 110 },
    ]
    expect(brief(run(now, readings).events)).toEqual(['now raised 5', 'now cleared 6'])
  })
})

describe('a value holds until the next of its signal', () => {
  it('for at most validFor, its end included', () => {
    const rules = ruleSet(
      [
        rule('r')
          .when((v) => v.spo2.below('88 %'))
          .for('10s'),
      ],
      { validFor: { spo2: '10s' } },
    )
    expect(
      brief(
        run(rules, [
          { time: 0, spo2: 80 },
          { time: s(99), heartRate: 1 },
        ]).events,
      ),
    ).toEqual(['r raised 10000'])
    const shorter = ruleSet(
      [
        rule('r')
          .when((v) => v.spo2.below('88 %'))
          .for('10s'),
      ],
      { validFor: { spo2: 9_999 } },
    )
    expect(
      run(shorter, [
        { time: 0, spo2: 80 },
        { time: s(99), heartRate: 1 },
      ]).events,
    ).toEqual([])
  })

  it('so that a gap longer than that ends a run, even if both of its ends satisfy the condition', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .for('90s'),
    ])
    const within = [
      { time: 0, spo2: 80 },
      { time: s(60), spo2: 80 },
      { time: s(90), spo2: 80 },
    ]
    expect(brief(run(rules, within).events)).toEqual(['r raised 90000'])
    const beyond = [
      { time: 0, spo2: 80 },
      { time: s(61), spo2: 80 },
      { time: s(90), spo2: 80 },
    ]
    expect(run(rules, beyond).events).toEqual([])
  })

  it('and a blank ends it at once, or not until validFor, as the rule says', () => {
    const rules = ruleSet([
      rule('break')
        .when((v) => v.spo2.below('88 %'))
        .for('10s'),
      rule('hold')
        .when((v) => v.spo2.below('88 %'))
        .for('10s')
        .missing('hold'),
    ])
    for (const blank of [null, Number.NaN, '' as const, { value: null, unit: '%' }]) {
      const readings = [
        { time: 0, spo2: 80 },
        { time: s(5), spo2: blank },
        { time: s(10), spo2: blank },
      ]
      expect(brief(run(rules, readings).events)).toEqual(['hold raised 10000'])
    }
    const long = ruleSet([
      rule('hold')
        .when((v) => v.spo2.below('88 %'))
        .for('61s')
        .missing('hold'),
    ])
    expect(
      run(long, [
        { time: 0, spo2: 80 },
        { time: s(5), spo2: null },
        { time: s(61), spo2: null },
      ]).events,
    ).toEqual([])
  })

  it('while a signal that a reading does not speak of is as it was', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .for('10s'),
    ])
    const readings = [
      { time: 0, spo2: 80 },
      { time: s(5), spo2: undefined, heartRate: 70 },
      { time: s(10), spo2: 80 },
    ]
    expect(brief(run(rules, readings).events)).toEqual(['r raised 10000'])
  })

  it('and a zero is a value, or no signal, as the rule says', () => {
    const rules = ruleSet([
      rule('value')
        .when((v) => v.respiratoryRate.below('8 /min'))
        .for('2s'),
      rule('no-signal')
        .when((v) => v.respiratoryRate.below('8 /min'))
        .for('2s')
        .zeros('no-signal'),
      rule('held')
        .when((v) => v.respiratoryRate.below('8 /min'))
        .for('4s')
        .zeros('no-signal')
        .missing('hold'),
    ])
    const readings = [5, 5, 0, 0, 5, 5, 5].map((respiratoryRate, i) => ({ time: s(i), respiratoryRate }))
    expect(brief(run(rules, readings).events)).toEqual([
      'value raised 2000',
      'held raised 4000',
      'no-signal raised 6000',
    ])
  })

  it('and -0 is a zero', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.heartRate.below('8 /min'))
        .zeros('no-signal'),
    ])
    expect(run(rules, [{ time: 0, heartRate: -0 }]).events).toEqual([])
  })
})

describe('the end of an alarm', () => {
  const at = (values: [number, number | null][]) => values.map(([time, spo2]) => ({ time: s(time), spo2 }))

  it('needs the clear condition for its own time', () => {
    const readings = at([
      [0, 80],
      [20, 80],
      [21, 89],
      [40, 91],
      [45, 90],
      [50, 91],
      [60, 95],
    ])
    expect(brief(run(spo2Low, readings).events)).toEqual(['low raised 15000', 'low cleared 60000'])
  })

  it('is by default the moment at which the condition is known false', () => {
    const rules = ruleSet([rule('r').when((v) => v.spo2.below('88 %'))])
    expect(
      brief(
        run(
          rules,
          at([
            [0, 80],
            [1, 88],
          ]),
        ).events,
      ),
    ).toEqual(['r raised 0', 'r cleared 1000'])
  })

  it('can be put off without a condition of its own', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .clearAfter('10s'),
    ])
    const readings = at([
      [0, 80],
      [1, 90],
      [5, 80],
      [6, 90],
      [16, 90],
    ])
    expect(brief(run(rules, readings).events)).toEqual(['r raised 0', 'r cleared 16000'])
  })

  it('does not come by missing data', () => {
    const rules = ruleSet([rule('r').when((v) => v.spo2.below('88 %'))])
    const lost = [
      ...at([
        [0, 80],
        [1, null],
        [2, null],
      ]),
      { time: s(900), heartRate: 60 },
    ]
    expect(brief(run(rules, lost).events)).toEqual(['r raised 0'])
    expect(brief(run(rules, [...lost, ...at([[1000, 97]])]).events)).toEqual(['r raised 0', 'r cleared 1000000'])
  })

  it('is where the next run begins at the earliest', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .for('5s')
        .clearWhen((v) => v.heartRate.above('50 /min')),
    ])
    const readings = [
      { time: 0, spo2: 80 },
      { time: s(7), heartRate: 60 },
      { time: s(9), heartRate: 40 },
      { time: s(30), spo2: 99 },
    ]
    expect(brief(run(rules, readings).events)).toEqual(['r raised 5000', 'r cleared 7000', 'r raised 12000'])
  })

  it('comes at once, and once, where both conditions hold and neither waits', () => {
    const rules = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .clearWhen((v) => v.spo2.below('90 %')),
    ])
    const readings = at([
      [0, 80],
      [1, 81],
      [2, 88],
      [3, 80],
    ])
    expect(brief(run(rules, readings).events)).toEqual(['r raised 0', 'r cleared 0', 'r raised 3000', 'r cleared 3000'])
  })
})

describe('logic has three values', () => {
  const rules = ruleSet([
    rule('and').when((v) => and(v.spo2.below('88 %'), v.heartRate.above('110 /min'))),
    rule('or').when((v) => or(v.spo2.below('88 %'), v.heartRate.above('110 /min'))),
  ])

  it('so that one known side decides where it can, and nowhere else', () => {
    expect(brief(run(rules, [{ time: 0, spo2: 80 }]).events)).toEqual(['or raised 0'])
    expect(run(rules, [{ time: 0, spo2: 95 }]).events).toEqual([])
    const both = [
      { time: 0, spo2: 80, heartRate: 120 },
      { time: 1, spo2: null },
      { time: 2, heartRate: 100 },
    ]
    expect(brief(run(rules, both).events)).toEqual(['and raised 0', 'or raised 0', 'and cleared 2'])
  })
})

describe('k of n', () => {
  const rules = ruleSet([rule('r').when((v) => v.systolic.count(3).of(5).below('90 mm[Hg]'))])
  const systolic = (...values: (number | null)[]) => values.map((systolic, i) => ({ time: s(i * 60), systolic }))

  it('is true with k of the last n readings that have a value, also before n were seen', () => {
    expect(brief(run(rules, systolic(80, null, 80, 80)).events)).toEqual(['r raised 180000'])
    expect(run(rules, systolic(80, 95, 95, 95, 80, 95, 80, 95, 95)).events).toEqual([])
  })

  it('is false, and so clears, once too few are left that could satisfy it', () => {
    const events = run(rules, systolic(80, 80, 80, 95, 95, 95)).events
    expect(brief(events)).toEqual(['r raised 120000', 'r cleared 300000'])
  })

  it('is unknown while the signal is', () => {
    const not = ruleSet([
      rule('r')
        .when((v) => v.systolic.count(1).of(2).below('90 mm[Hg]'))
        .for('2m'),
    ])
    expect(run(not, systolic(80, null, null, null)).events).toEqual([])
  })

  it('counts a reading of the same time in the place of the one before', () => {
    const readings = [80, 80, 95, 80].map((systolic, i) => ({ time: i < 3 ? i : 2, systolic }))
    expect(brief(run(rules, readings).events)).toEqual(['r raised 2'])
    const back = [...systolic(80, 80, 80), { time: s(120), systolic: null }, { time: s(120), systolic: 95 }]
    const three = ruleSet([rule('r').when((v) => v.systolic.count(2).of(2).below('90 mm[Hg]'))])
    expect(brief(run(three, back).events)).toEqual(['r raised 60000', 'r cleared 120000'])
  })
})

describe('order of arrival', () => {
  const rules = ruleSet([
    rule('low').when((v) => v.spo2.below('88 %')),
    rule('fast').when((v) => v.heartRate.above('110 /min')),
  ])

  it('leaves out a value older than its signal’s last, and counts the reading', () => {
    const driver = run(rules, [
      { time: s(10), spo2: 95 },
      { time: s(9), spo2: 80, heartRate: 120 },
    ])
    expect(brief(driver.events)).toEqual(['fast raised 9000'])
    expect(driver.counters.get('outOfOrder')).toBe(1)
  })

  it('lets the later arrival of one time replace the earlier', () => {
    const driver = run(rules, [
      { time: s(10), spo2: 80 },
      { time: s(10), spo2: 95 },
      { time: s(10), spo2: 95 },
    ])
    expect(brief(driver.events)).toEqual(['low raised 10000', 'low cleared 10000'])
    const held = ruleSet([
      rule('r')
        .when((v) => v.spo2.below('88 %'))
        .for('20s')
        .missing('hold'),
    ])
    const replaced = [
      { time: s(0), spo2: 80 },
      { time: s(10), spo2: 95 },
      { time: s(10), spo2: null },
      { time: s(20), spo2: null },
    ]
    expect(run(held, replaced).events).toEqual([])
  })

  it('measures a run from a reading’s own time, also behind the patient’s clock', () => {
    const delayed = ruleSet([
      rule('low')
        .when((v) => v.spo2.below('88 %'))
        .for('15s'),
    ])
    const readings = [
      { time: s(10), heartRate: 70 },
      { time: s(5), spo2: 80 },
      { time: s(19), heartRate: 70 },
      { time: s(30), spo2: 80 },
    ]
    expect(brief(run(delayed, readings).events)).toEqual(['low raised 20000'])
    const late = [
      { time: s(30), heartRate: 70 },
      { time: s(5), spo2: 80 },
    ]
    expect(brief(run(delayed, late).events)).toEqual(['low raised 20000'])
  })
})

describe('silence', () => {
  const rules = ruleSet([rule('probe-off').whenSilent('spo2', '30s').technical().priority('low')])

  it('is found by the job’s clock, with the time last seen + T', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: s(0), spo2: 97 })
    driver.read({ patientId: 'p1', time: s(10), spo2: 97 })
    driver.advanceTo(s(40))
    expect(driver.events).toEqual([])
    driver.restore()
    driver.advanceTo(s(40) + 1)
    expect(brief(driver.events)).toEqual(['probe-off raised 40000'])
    expect(driver.events[0]?.why).toEqual({
      kind: 'technical',
      condition: 'no spo2 within 30s',
      lastSeen: s(10),
      values: [],
    })
    driver.advanceTo(s(500))
    expect(driver.events.length).toBe(1)
    driver.read({ patientId: 'p1', time: s(600), heartRate: 60, spo2: null }, s(600))
    driver.restore()
    driver.read({ patientId: 'p1', time: s(601), spo2: 95 }, s(602))
    driver.advanceTo(s(700))
    expect(brief(driver.events)).toEqual([
      'probe-off raised 40000',
      'probe-off cleared 601000',
      'probe-off raised 632000',
    ])
  })

  it('counts a reading at exactly T as within', () => {
    const driver = run(
      rules,
      [0, 30, 60, 90].map((time) => ({ time: s(time), spo2: 97 })),
    )
    expect(driver.events).toEqual([])
    const late = run(rules, [
      { time: 0, spo2: 97 },
      { time: s(30) + 1, spo2: 97 },
    ])
    expect(brief(late.events)).toEqual(['probe-off raised 30000', 'probe-off cleared 30001'])
  })

  it('counts from the patient’s first reading where the signal never came, and knows each signal by itself', () => {
    const several = ruleSet([
      rule('any').whenSilent('any', '20s'),
      rule('spo2').whenSilent('spo2', '30s'),
      rule('resp').whenSilent('respiratoryRate', '10s').zeros('no-signal'),
    ])
    const readings = Array.from({ length: 5 }, (_, i) => ({ time: s(i * 10), heartRate: 60, respiratoryRate: 0 }))
    const driver = run(several, readings)
    expect(brief(driver.events)).toEqual(['resp raised 10000', 'spo2 raised 30000'])
    expect(driver.events.map(({ why }) => why.lastSeen)).toEqual([null, null])
    driver.advanceTo(s(900))
    expect(brief(driver.events).slice(2)).toEqual(['any raised 60000'])
    expect(driver.timerCount).toBe(0)
  })

  it('is found before the reading that ends it where the clock comes to both at once', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: 0, spo2: 97 })
    driver.read({ patientId: 'p1', time: s(100), spo2: 97 })
    expect(brief(driver.events)).toEqual(['probe-off raised 30000', 'probe-off cleared 100000'])
  })
})

describe('live', () => {
  it('advances the patient’s clock by the job’s, so that no further reading is needed', () => {
    const driver = new Driver(() => evaluateRules(spo2Low), { isReplay: false })
    driver.read({ patientId: 'p1', time: s(1000), spo2: 80 }, s(1002))
    driver.advanceTo(s(1017))
    expect(driver.events).toEqual([])
    driver.restore()
    driver.advanceTo(s(1018))
    expect(brief(driver.events)).toEqual(['low raised 1015000'])
    expect(driver.timerCount).toBe(0)
  })

  it('lets a reading at s + d that arrives on time still count', () => {
    const driver = new Driver(() => evaluateRules(spo2Low), { isReplay: false })
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    driver.read({ patientId: 'p1', time: s(15), spo2: 95 })
    driver.advanceTo(s(60))
    expect(driver.events).toEqual([])
  })

  it('does nothing by the clock in a replay', () => {
    const driver = new Driver(() => evaluateRules(spo2Low))
    driver.read({ patientId: 'p1', time: 0, spo2: 80 })
    driver.advanceTo(s(60))
    expect(driver.events).toEqual([])
  })
})

describe('limits', () => {
  const rules = ruleSet([rule('fast').when((v) => v.heartRate.above(limit('heartRate.high')))], {
    limits: {
      default: { 'heartRate.high': '100 /min' },
      wards: { icu: { 'heartRate.high': '2 Hz' } },
      patients: { p7: { 'heartRate.high': '140 /min' }, p8: {} },
    },
  })
  const limits = (patientId: string, ward: string | undefined, heartRate: number) => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId, ward, time: 0, heartRate })
    const [value] = driver.events[0]?.why.values ?? []
    return value && [value.limit, value.limitUnit, value.limitFrom, value.limitName]
  }

  it('are the patient’s before the ward’s before the default', () => {
    expect(limits('p1', undefined, 101)).toEqual([100, '/min', 'default', 'heartRate.high'])
    expect(limits('p1', 'other', 101)).toEqual([100, '/min', 'default', 'heartRate.high'])
    expect(limits('p1', 'icu', 120)).toBeUndefined()
    expect(limits('p8', 'icu', 121)).toEqual([2, 'Hz', 'ward', 'heartRate.high'])
    expect(limits('p7', 'icu', 140)).toBeUndefined()
    expect(limits('p7', undefined, 141)).toEqual([140, '/min', 'patient', 'heartRate.high'])
    expect(limits('__proto__', 'constructor', 101)).toEqual([100, '/min', 'default', 'heartRate.high'])
  })

  it('change with the ward, from the reading on that says so', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', ward: 'icu', time: 0, heartRate: 110 })
    driver.restore()
    driver.read({ patientId: 'p1', time: 1, heartRate: 111 })
    driver.read({ patientId: 'p1', ward: 'general', time: 2 })
    driver.read({ patientId: 'p1', ward: 'icu', time: 3, heartRate: 110 })
    expect(brief(driver.events)).toEqual(['fast raised 2', 'fast cleared 3'])
  })

  it('follow the ward by event time: what an older reading says of it is past', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', ward: 'icu', time: 10, heartRate: 110 })
    driver.read({ patientId: 'p1', ward: 'general', time: 9 }, 10)
    driver.restore()
    driver.read({ patientId: 'p1', ward: 'icu', time: 11 })
    driver.read({ patientId: 'p1', ward: 'general', time: 10 }, 11)
    expect(driver.events).toEqual([])
    driver.read({ patientId: 'p1', ward: 'general', time: 11 })
    expect(brief(driver.events)).toEqual(['fast raised 11'])
  })

  it('hold from the time of the move, also for a reading that comes behind the patient’s clock', () => {
    const moved = new Driver(() => evaluateRules(rules))
    moved.read({ patientId: 'p1', ward: 'icu', time: 0, heartRate: 110 })
    moved.read({ patientId: 'p1', time: 10, spo2: 97 })
    moved.read({ patientId: 'p1', ward: 'general', time: 6 }, 10)
    expect(brief(moved.events)).toEqual(['fast raised 6'])

    const late = new Driver(() => evaluateRules(rules))
    late.read({ patientId: 'p1', ward: 'icu', time: 0 })
    late.read({ patientId: 'p1', ward: 'general', time: 6 })
    late.read({ patientId: 'p1', ward: 'general', time: 8 })
    late.read({ patientId: 'p1', time: 4, heartRate: 110 }, 8)
    expect(brief(late.events)).toEqual(['fast raised 6'])
  })
})

describe('units in data', () => {
  const rules = ruleSet([
    rule('hot').when((v) => v.temperature.atLeast('38 Cel')),
    rule('bp').when((v) => v.systolic.below('12 kPa')),
  ])

  it('are converted', () => {
    expect(brief(run(rules, [{ time: 0, temperature: { value: 100.4, unit: '[degF]' } }]).events)).toEqual([
      'hot raised 0',
    ])
    expect(brief(run(rules, [{ time: 0, temperature: { value: 311.15, unit: 'K' } }]).events)).toEqual(['hot raised 0'])
    expect(run(rules, [{ time: 0, temperature: { value: 100.3, unit: '[degF]' } }]).events).toEqual([])
    expect(brief(run(rules, [{ time: 0, systolic: 90 }]).events)).toEqual(['bp raised 0'])
    expect(run(rules, [{ time: 0, systolic: 90.1 }]).events).toEqual([])
  })

  it('are rejected and never guessed, the value counting as a blank', () => {
    const bad = [
      [{ value: 101, unit: 'F' }, 'READING_UNIT_UNKNOWN'],
      [{ value: 101, unit: 'mm[Hg]' }, 'READING_UNIT_MISMATCH'],
      [{ value: '101', unit: 'Cel' }, 'READING_VALUE_INVALID'],
      ['38.5', 'READING_VALUE_INVALID'],
      [true, 'READING_VALUE_INVALID'],
      [Infinity, 'READING_VALUE_INVALID'],
    ] as const
    for (const [value, code] of bad) {
      const delayed = ruleSet([
        rule('hot')
          .when((v) => v.temperature.atLeast('38 Cel'))
          .for('2s'),
      ])
      const temperature = value as never
      const driver = run(delayed, [
        { time: 0, temperature: 39 },
        { time: s(1), temperature },
        { time: s(2), temperature: 39 },
      ])
      expect(driver.rejected).toEqual([{ patientId: 'p1', time: s(1), signal: 'temperature', code }])
      expect(driver.counters.get('rejected')).toBe(1)
      expect(driver.events).toEqual([])
    }
  })

  it('and a reading without a time, or too far ahead, is rejected as a whole', () => {
    const driver = new Driver(() => evaluateRules(rules, { maxAhead: '1m' }))
    for (const time of [Number.NaN, Infinity, undefined as never])
      driver.read({ patientId: 'p1', time, temperature: 39 }, 0)
    driver.read({ patientId: 'p1', time: s(61), temperature: 39 }, 0)
    expect(driver.rejected.map(({ time, signal, code }) => [time, signal, code])).toEqual([
      [null, null, 'READING_TIME_INVALID'],
      [null, null, 'READING_TIME_INVALID'],
      [null, null, 'READING_TIME_INVALID'],
      [s(61), null, 'READING_TIME_AHEAD'],
    ])
    driver.read({ patientId: 'p1', time: s(60), temperature: 39 }, 0)
    expect(brief(driver.events)).toEqual(['hot raised 60000'])
  })
})

describe('why', () => {
  it('says what was compared, from when, with what, and whose limit it was', () => {
    const { version } = spo2Low
    const driver = run(spo2Low, [
      { time: s(5), spo2: 86 },
      { time: s(12), spo2: 85 },
      { time: s(30), spo2: 93 },
      { time: s(40), spo2: 94 },
    ])
    const about = { kind: 'physiological', because: 'Sustained desaturation' } as const
    const id = alarmId('low', 'p1', s(5))
    expect(driver.events).toEqual([
      {
        id,
        patientId: 'p1',
        rule: 'low',
        ruleVersion: version,
        event: 'raised',
        time: s(20),
        priority: 'high',
        why: {
          ...about,
          condition: 'spo2 < 88 %',
          since: s(5),
          for: '15s',
          values: [
            {
              signal: 'spo2',
              value: 85,
              unit: '%',
              time: s(12),
              relation: '<',
              limit: 88,
              limitUnit: '%',
              limitFrom: 'rule',
            },
          ],
        },
      },
      {
        id,
        patientId: 'p1',
        rule: 'low',
        ruleVersion: version,
        event: 'cleared',
        time: s(40),
        priority: 'high',
        why: {
          ...about,
          condition: 'spo2 >= 91 %',
          since: s(30),
          for: '10s',
          values: [
            {
              signal: 'spo2',
              value: 94,
              unit: '%',
              time: s(40),
              relation: '>=',
              limit: 91,
              limitUnit: '%',
              limitFrom: 'rule',
            },
          ],
        },
      },
    ])
  })

  it('shows each relation of a condition, unknown signals and counts', () => {
    const rules = ruleSet([
      rule('r').when((v) => or(v.systolic.count(2).of(3).outside('90 mm[Hg]', '180 mm[Hg]'), v.spo2.below('88 %'))),
    ])
    const [event] = run(rules, [
      { time: 0, systolic: 80 },
      { time: 1, systolic: 190 },
    ]).events
    expect(event?.why.condition).toBe('2 of 3 systolic outside 90 mm[Hg] and 180 mm[Hg] or spo2 < 88 %')
    const counted = { signal: 'systolic', value: 190, unit: 'mm[Hg]', time: 1, satisfied: 2, count: 2, of: 3 }
    expect(event?.why.values).toEqual([
      { ...counted, relation: '<', limit: 90, limitUnit: 'mm[Hg]', limitFrom: 'rule' },
      { ...counted, relation: '>', limit: 180, limitUnit: 'mm[Hg]', limitFrom: 'rule' },
      {
        signal: 'spo2',
        value: null,
        unit: '%',
        time: null,
        relation: '<',
        limit: 88,
        limitUnit: '%',
        limitFrom: 'rule',
      },
    ])
  })
})

describe('what rules work out', () => {
  it('may become known by a reading that keeps each of its signals known', () => {
    const rules = parseRules('alarm r\n  when not (heart-rate / spo2 <= 1 /min/%)\n')
    const readings = [
      { time: 0, heartRate: 3, spo2: 0 },
      { time: 1, spo2: 1 },
    ]
    expect(brief(run(rules, readings).events)).toEqual(['r raised 1'])
  })
})
