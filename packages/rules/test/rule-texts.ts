import fc from 'fast-check'

/** All that format 1 can say, in canonical form. */
export const everything: string = `limits
  default heart-rate.high 120 /min
  default temperature.high 38.5 Cel
  ward icu heart-rate.high 130 {beats}/min
  patient p7 heart-rate.high 140 /min
  patient "bed \\"3\\" # window" temperature.high 101.3 [degF]

valid temperature for 1h
valid spo2 for 90s

alarm spo2-low "Sustained desaturation"
  when spo2 < 88 % for 15s
  clear when spo2 >= 91 % for 10s
  zeros no-signal
  priority high

alarm shock
  when (3 of 5 systolic < 90 mm[Hg] and (not heart-rate <= limit(heart-rate.high))) or temperature outside 35 Cel and 104 [degF]
  clear for 1m
  missing hold
  priority medium

alarm probe-off "No SpO2" technical
  when no spo2 within 30s
  priority low

alarm device-silent technical
  when no signal within 30s
  priority medium
`

/** All that format 2 can say besides, in canonical form. */
export const everythingOfFormat2: string = `attribute score number
attribute bed text
attribute dose mg/kg

schedule night from 22:00 to 06:00 on mon, tue in Europe/Berlin
schedule day from 06:00 to 22:00 in UTC, ward icu in Asia/Tokyo, ward "b 2" in Europe/Berlin

limits
  default heart-rate.high 120 /min

valid temperature for 1h

define shock-index as heart-rate / systolic
define tachycardic as mean(heart-rate over 1m, at least 3) > limit(heart-rate.high)

alarm deteriorating "Heart rate far from this patient's own"
  when heart-rate - baseline(heart-rate over 1d) > 30 /min and tachycardic and (not during night) for 1m
  clear when rise(heart-rate over 10m) < 5 /min for 5m
  missing raise
  priority high
  latching
  rearm after 5m
  suppressed by no-pulse, r.2
  notify ward-nurse, doctor; after 2m unless acknowledged notify charge-nurse; during day notify pager

alarm no-pulse
  when heart-rate within 5s = 0 /min or heart-rate is unknown
  priority high

alarm r.2 technical
  when abs(heart-rate within 5s - pulse-rate 1m ago) / 2 > 20 /min - slope(heart-rate over 5m) * 10 s
  priority high
  after 5m notify technician

alarm sepsis-screen
  when 2 of (temperature > 38.3 Cel, heart-rate > 90 /min, tachycardic or shock-index > 0.9 /min/mm[Hg]) and age >= 18 a
  priority medium

alarm other
  when (pathway in ("sepsis", "a \\"b\\"") and (bed != "3" or score * (score - 1) >= -2.5)) or (not 2 of 3 spo2 < 90 %)
  clear when time-in-range(spo2 between 92 % and 98 % over 1h) outside 80 % and least(95 %, spo2) and systolic is known
  priority low
`

/** A band table, in canonical form. */
export const tableInWords: string = `table bands by age
  row 1 heart-rate high "Low"
  row 2 heart-rate from 70 /min normal
  row 3 heart-rate age from 41 a medium
  row t.4 temperature normal
  row 5 temperature from 38.5 Cel low
`

/** What patients' own limits may be, in canonical form. */
export const ownLimitsInWords: string = `limits
  default heart-rate.high 120 /min
  default spo2.low 90 %
  default temperature.high 38.5 Cel
  own heart-rate.high between 100 /min and 160 /min for at most 12h
  own spo2.low for at most 90m
  own temperature.high between 37 Cel and 104 [degF]
  ward icu heart-rate.high 170 /min
  patient p7 temperature.high 39.5 Cel

alarm fast
  when heart-rate > limit(heart-rate.high)
  priority medium
`

const words = (everythingOfFormat2 + everything + tableInWords + ownLimitsInWords).split(/(\s+|[().,;])/)
const piece = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(...words),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' '))
const mutated = fc
  .tuple(
    fc.constantFrom(everything, everythingOfFormat2, tableInWords, ownLimitsInWords),
    fc.nat(everythingOfFormat2.length),
    fc.nat(20),
    fc.oneof(piece, fc.string({ maxLength: 5 })),
  )
  .map(([text, from, length, put]) => text.slice(0, from) + put + text.slice(from + length))

/** Any text: random, of words of the language, and with a change to one that can be read. */
export const anyTexts: fc.Arbitrary<string> = fc.oneof(soup, mutated, mutated, fc.string({ unit: 'binary' }))
