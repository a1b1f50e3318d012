import type { Condition, Expression, Reading, RuleData, RuleSet, Signal } from '../src/index.ts'
import { holds } from './condition-model.ts'
import { type Annotation, type Known, worth } from './expression-model.ts'
import { type Fixture, momentsOf, setWith, type Worth, whatOf } from './fixtures.ts'

// The model adds up what is written, without looking at units: these are the ones in which that is right.
const PLAIN = ['/min', '%', 'mm[Hg]', 'Cel', '1', 'a', 'kg']

/** What a fixture is worth by the slow model, or why it has none: then its figures are worked out by hand. */
export function worthByModel(fixture: Fixture): Worth[] | string {
  const what = whatOf(fixture)
  const units = JSON.stringify([what, fixture.set, fixture.readings]).matchAll(/"unit":"([^"]*)"/g)
  for (const [, unit] of units) if (!PLAIN.includes(unit as string)) return `a unit: ${unit}`
  if (fixture.readings.some((reading) => Object.values(reading).some((value) => isQuantity(value)))) return 'a unit'
  const isTruth = fixture.type === 'truth'
  if (fixture.type === 'time (min)') return 'a unit: a'
  if (/"(?:dose|urine)"/.test(JSON.stringify(what))) return 'the unit of an attribute'
  for (const [, name] of JSON.stringify(what).matchAll(/"during":"([^"]*)"/g)) {
    const schedule = fixture.set.schedules?.[name as string]
    if (schedule?.zone !== 'UTC' || schedule.days !== undefined) return 'a schedule by days or in a time zone'
  }
  const set = setWith(fixture, isTruth ? what : { known: what })
  return momentsOf(fixture.readings).map((i) => {
    const { patientId, time } = fixture.readings[i] as Reading
    const own = fixture.readings.slice(0, i + 1).filter((reading) => reading.patientId === patientId)
    const knownAt = (): Known => knownOf(own, set)
    const value = isTruth ? holds(what as Condition, time, knownAt) : worth(what as Expression, time, knownAt())
    return value ?? null
  })
}

function isQuantity(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'unit' in value
}

function knownOf(readings: readonly Reading[], set: RuleSet): Known {
  const { patientId } = readings[0] as Reading
  const ward = readings.findLast((reading) => typeof reading.ward === 'string')?.ward ?? undefined
  return {
    set,
    rule: set.rules[0] as RuleData,
    annotations: (signal: Signal) => {
      const all = readings.flatMap((reading): Annotation[] => {
        const value = reading[signal]
        return value === undefined
          ? []
          : [{ time: reading.time, value: typeof value === 'number' ? value : Number.NaN }]
      })
      return all.filter(({ time }, i) => all[i + 1]?.time !== time)
    },
    attribute: (name) => {
      if (name === 'ward') return ward
      const said = readings.findLast((reading) => reading.attributes?.[name] !== undefined)?.attributes?.[name]
      const value = said === null ? undefined : (said as number | string | undefined)
      return name === 'age' && typeof value === 'number' ? Math.floor(value) : value
    },
    limit: (name) => {
      const { limits } = set
      const tables = [limits?.patients?.[patientId], limits?.wards?.[ward as string], limits?.default]
      return tables.find((table) => table?.[name] !== undefined)?.[name]?.value as number
    },
  }
}
