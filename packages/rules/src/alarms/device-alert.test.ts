import { describe, expect, it } from 'vitest'
import { LifeDriver, lifeRules } from '../../test/life-driver.ts'
import type { ComparedValue } from './alarm-event.ts'
import { toDeviceAlert } from './device-alert.ts'

/**
 * Elements of DeviceAlert and the types they consist of, as HL7's model of FHIR R6 has them: how often, and of which type; a list
 * where many. What is not named here is not in the resource. Only what `toDeviceAlert` may fill is spelled out to the end.
 */
const STRUCTURE: Record<string, Record<string, readonly [min: number, max: number, type: string]>> = {
  DeviceAlert: {
    resourceType: [1, 1, 'string'],
    id: [0, 1, 'string'],
    meta: [0, 1, 'Meta'],
    identifier: [0, Infinity, 'Identifier'],
    procedure: [0, Infinity, 'Reference'],
    status: [1, 1, 'string'],
    category: [0, Infinity, 'CodeableConcept'],
    type: [0, 1, 'CodeableConcept'],
    priority: [0, 1, 'CodeableConcept'],
    code: [1, 1, 'CodeableConcept'],
    subject: [1, 1, 'Reference'],
    encounter: [0, 1, 'Reference'],
    presence: [1, 1, 'boolean'],
    occurrencePeriod: [0, 1, 'Period'],
    device: [0, 1, 'Reference'],
    acknowledged: [0, 1, 'boolean'],
    acknowledgedBy: [0, 1, 'Reference'],
    location: [0, 1, 'Reference'],
    derivedFrom: [0, Infinity, 'DerivedFrom'],
    label: [0, 1, 'string'],
    signal: [0, Infinity, 'Signal'],
  },
  DerivedFrom: { observation: [1, 1, 'Reference'], component: [0, 1, 'Coding'], limit: [0, 1, 'Range'] },
  Signal: {
    activationState: [1, 1, 'CodeableConcept'],
    presence: [0, 1, 'CodeableConcept'],
    annunciator: [0, 1, 'CodeableReference'],
    manifestation: [0, 1, 'CodeableConcept'],
    type: [0, Infinity, 'CodeableConcept'],
    indication: [0, 1, 'Period'],
  },
  Meta: { versionId: [0, 1, 'string'], lastUpdated: [0, 1, 'string'] },
  Identifier: { system: [0, 1, 'string'], value: [0, 1, 'string'] },
  CodeableConcept: { coding: [0, Infinity, 'Coding'], text: [0, 1, 'string'] },
  CodeableReference: { concept: [0, 1, 'CodeableConcept'], reference: [0, 1, 'Reference'] },
  Coding: { system: [0, 1, 'string'], code: [0, 1, 'string'] },
  Reference: { reference: [0, 1, 'string'], identifier: [0, 1, 'Identifier'] },
  Period: { start: [0, 1, 'string'], end: [0, 1, 'string'] },
  Range: { low: [0, 1, 'Quantity'], high: [0, 1, 'Quantity'] },
  Quantity: { value: [0, 1, 'number'], unit: [0, 1, 'string'], system: [0, 1, 'string'], code: [0, 1, 'string'] },
}

/** The codes of the published code systems. */
const CODES: Record<string, readonly string[]> = {
  'http://hl7.org/fhir/devicealert-type': ['physiological', 'technical'],
  'http://hl7.org/fhir/devicealert-priority': ['high', 'medium', 'low', 'info'],
  'http://hl7.org/fhir/devicealert-activationState': ['on', 'off', 'paused'],
  'http://hl7.org/fhir/devicealert-presence': ['on', 'latched', 'off', 'ack'],
  'http://hl7.org/fhir/devicealert-annunciation': ['local', 'remote'],
}
const STATUSES = ['in-progress', 'completed', 'entered-in-error', 'unknown']

function mistakes(value: unknown, type: string, path: string): string[] {
  const structure = STRUCTURE[type]
  if (structure === undefined) return typeof value === type ? [] : [`${path} is no ${type}`]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no ${type}`]
  const found = Object.keys(value).flatMap((name) => (name in structure ? [] : [`${path}.${name} does not exist`]))
  for (const [name, [min, max, of]] of Object.entries(structure)) {
    const given = (value as Record<string, unknown>)[name]
    if (given === undefined) {
      if (min > 0) found.push(`${path}.${name} is missing`)
    } else if (max > 1) {
      // FHIR has no empty lists.
      if (!Array.isArray(given) || given.length === 0) found.push(`${path}.${name} is no list with anything in it`)
      else found.push(...given.flatMap((entry, i) => mistakes(entry, of, `${path}.${name}[${i}]`)))
    } else found.push(...mistakes(given, of, `${path}.${name}`))
  }
  const { system, code } = value as { system?: string; code?: string }
  if (system !== undefined && CODES[system]?.includes(code as string) === false)
    found.push(`${path}: ${code} is no code`)
  return found
}

const alert = (record: Parameters<typeof toDeviceAlert>[0], options = {}) => {
  const made = toDeviceAlert(record, options)
  const read = JSON.parse(JSON.stringify(made)) as typeof made
  expect(mistakes(read, 'DeviceAlert', 'DeviceAlert')).toEqual([])
  expect(STATUSES).toContain(read.status)
  for (const time of [read.meta.lastUpdated, read.occurrencePeriod.start]) {
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
  return read
}

describe('a DeviceAlert', () => {
  it('has the structure and the codes of the draft at each stage of a life', () => {
    const rules = lifeRules({
      low: { priority: 'high', latching: true },
      fast: { priority: 'low', suppressedBy: ['low'] },
      off: { kind: 'technical' },
    })
    const life = new LifeDriver(rules)
    const id = life.raise('low')
    life.raise('fast')
    life.raise('off')
    life.act({ action: 'pause', rule: 'off', until: 60_000, reason: 'r' })
    life.advance(1_000)
    life.clear('low')
    life.act({ action: 'acknowledge', alarm: id })
    life.advance(60_000)
    const states = life.records.map((record) => {
      const { presence, signal, status } = alert(record)
      const [{ activationState, presence: heard }] = signal as [(typeof signal)[0]]
      return [record.rule, status, presence, activationState.coding[0]?.code, heard.coding[0]?.code].join(' ')
    })
    expect(states).toEqual([
      'low in-progress true on on',
      'fast in-progress true off off',
      'off in-progress true on on',
      'off in-progress true paused off',
      'low in-progress false on latched',
      'fast in-progress true on on',
      'low completed false on off',
      'off in-progress true on on',
    ])
  })

  it('says who acknowledged, by reference where there is one', () => {
    const life = new LifeDriver(lifeRules({ low: {} }))
    life.act({ action: 'acknowledge', alarm: life.raise('low') })
    const record = life.alarm('low') as Parameters<typeof toDeviceAlert>[0]
    expect(alert(record)).toMatchObject({
      ...{ acknowledged: true, acknowledgedBy: { identifier: { value: 'nurse-1' } } },
      ...{ subject: { reference: 'Patient/p1' }, meta: { versionId: String(record.revision) } },
      identifier: [{ system: 'urn:millrace:alarm', value: record.id }],
      code: { coding: [{ system: 'urn:millrace:rule', code: 'low' }], text: 'low is up' },
    })
    const options = { practitioner: (actor: string) => `Practitioner/${actor}`, device: 'Device/gateway' }
    expect(alert(record, options)).toMatchObject({
      ...{ acknowledgedBy: { reference: 'Practitioner/nurse-1' }, device: { reference: 'Device/gateway' } },
    })
  })

  it('has a date also where a device sent none that there is', () => {
    const life = new LifeDriver(lifeRules({ low: {} }))
    life.raise('low', 1e300)
    expect(alert(life.alarm('low') as Parameters<typeof toDeviceAlert>[0]).occurrencePeriod.start).toBe(
      '9999-12-31T23:59:59.999Z',
    )
  })

  it('refers to observations where it is told where they are, with the limit as the range beyond which a value was', () => {
    const life = new LifeDriver(lifeRules({ low: {} }))
    life.raise('low')
    const value = {
      signal: 'spo2',
      value: 85,
      unit: '%',
      time: 0,
      limit: 88,
      limitUnit: '%',
      limitFrom: 'rule',
    } as const
    const values: ComparedValue[] = [
      { ...value, relation: '<' },
      { ...value, relation: '>=' },
      { ...value, relation: '=', limit: 'sepsis' },
    ]
    const record = life.alarm('low') as Parameters<typeof toDeviceAlert>[0]
    const withValues = { ...record, why: { ...record.why, values } }
    expect(alert(withValues).derivedFrom).toBeUndefined()
    const quantity = { value: 88, unit: '%', system: 'http://unitsofmeasure.org', code: '%' }
    expect(alert(withValues, { observation: () => 'Observation/1' }).derivedFrom).toEqual([
      { observation: { reference: 'Observation/1' }, limit: { low: quantity } },
      { observation: { reference: 'Observation/1' }, limit: { high: quantity } },
      { observation: { reference: 'Observation/1' } },
    ])
  })
})
