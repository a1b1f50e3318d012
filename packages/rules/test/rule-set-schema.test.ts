import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCALAR_FUNCTIONS, WINDOW_FUNCTIONS } from '../src/expression/expression.ts'
import { SIGNAL_NAMES } from '../src/expression/signals.ts'
import { parseRuleSet, parseRules } from '../src/index.ts'
import { ruleSets } from './arbitraries.ts'
import { setsOfFormat2 } from './format-2-arbitraries.ts'
import { everything, everythingOfFormat2, ownLimitsInWords, tableInWords } from './rule-texts.ts'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../schema/rule-set.schema.json'), 'utf8'))
const isValid = new Ajv2020({ strict: true, strictRequired: false, allErrors: false }).compile(schema)

const below88 = { signal: 'spo2', below: '88 %' }
const spo2 = { signal: 'spo2' }
const set = (rule: object, more: object = {}): object => ({
  format: 2,
  rules: [{ id: 'r', when: below88, ...rule }],
  schedules: { night: { from: '22:00', to: '06:00', zone: 'UTC' } },
  limits: { default: { 'spo2.low': '90 %' } },
  ...more,
})
const when = (condition: unknown): object => set({ when: condition })

function isAccepted(json: unknown): boolean {
  try {
    return parseRuleSet(json) !== undefined
  } catch {
    return false
  }
}

describe('rule-set.schema.json', () => {
  it('holds for any rule set that is accepted, as it was written and in its canonical form', () => {
    fc.assert(
      fc.property(fc.oneof(ruleSets, setsOfFormat2), (json) => {
        expect(isValid(json), JSON.stringify(isValid.errors)).toBe(true)
        expect(isValid(JSON.parse(JSON.stringify(parseRuleSet(json))))).toBe(true)
      }),
    )
    for (const text of [everything, everythingOfFormat2, ownLimitsInWords, tableInWords]) {
      expect(isValid(JSON.parse(JSON.stringify(parseRules(text))))).toBe(true)
    }
  })

  it.each([
    set({}),
    when({ signal: 'spo2', below: { value: 88, unit: '%' }, count: 1, of: 3 }),
    when({ silent: 'any', within: 5000 }),
    when({ signal: 'spo2', between: [{ limit: 'spo2.low' }, '1e2%'] }),
    when({ expression: { op: '*', left: spo2, right: '0.9' }, below: ' .5 %' }),
    when({ expression: { attribute: 'age' }, oneOf: ['18 a'] }),
    when({ during: 'night' }),
    set({ for: ' 5 s ', clear: {}, notify: [], latching: false, suppressedBy: [] }),
    set({}, { definitions: {}, attributes: {}, format: 1, schedules: {} }),
    set({}, { schedules: { s: { from: '00:00', to: '24:00', zone: { default: 'UTC', wards: {} } } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: {} } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': { longest: 5000 } } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': { between: ['80 %', '90 %'] } } } }),
  ])('holds for %j', (json) => {
    expect([isAccepted(json), isValid(json)]).toEqual([true, true])
  })

  it.each([
    7,
    { format: 3, rules: [] },
    { rules: [] },
    { format: 2 },
    { format: 2, rules: [], rulez: [] },
    set({ id: '-a' }),
    set({ id: undefined }),
    set({ when: undefined }),
    set({ priority: 'urgent' }),
    set({ prioritty: 'high' }),
    set({ because: 7 }),
    set({ for: 'soon' }),
    set({ for: -1 }),
    set({ clear: { after: '1s' } }),
    set({ missing: 'ignore' }),
    set({ latching: 'yes' }),
    set({ notify: [{ to: [] }] }),
    set({ notify: [{ to: 'nurse' }] }),
    set({ notify: [{ to: ['nurse'], unless: 'resolved' }] }),
    set({ suppressedBy: ['a b'] }),
    when({ silent: 'spo2' }),
    when({ silent: 'spo', within: '3s' }),
    when({ ...below88, above: '90 %' }),
    when({ ...below88, not: below88 }),
    when(spo2),
    when({ signal: 'pulse', below: '3 %' }),
    when({ signal: 'spo2', below: 88 }),
    when({ signal: 'spo2', below: 'low' }),
    when({ signal: 'spo2', below: { value: '88', unit: '%' } }),
    when({ signal: 'spo2', below: { value: 88 } }),
    when({ signal: 'spo2', below: { limit: 'low' } }),
    when({ signal: 'spo2', between: ['90 %'] }),
    when({ ...below88, count: 3 }),
    when({ ...below88, count: 0, of: 3 }),
    when({ ...below88, count: 1, of: 101 }),
    when({ and: [below88] }),
    when({ or: below88 }),
    when({ not: 7 }),
    when({ atLeastOf: 0, conditions: [below88, below88] }),
    when({ atLeastOf: 1, conditions: [below88] }),
    when({ expression: spo2 }),
    when({ expression: spo2, oneOf: [] }),
    when({ expression: { signal: 'spo2', within: '3s', ago: '3s' }, below: '3 %' }),
    when({ expression: { call: 'maen', signal: 'spo2', over: '1m' }, below: '3 %' }),
    when({ expression: { call: 'mean', signal: 'spo2' }, below: '3 %' }),
    when({ expression: { call: 'mean', signal: 'spo2', over: '1m', between: ['1 %', '2 %'] }, below: '3 %' }),
    when({ expression: { call: 'timeInRange', signal: 'spo2', over: '1m' }, below: '3 %' }),
    when({ expression: { call: 'mean', signal: 'spo2', over: '1m', atLeast: 0 }, below: '3 %' }),
    when({ expression: { call: 'abs', args: [spo2, spo2] }, below: '3 %' }),
    when({ expression: { call: 'least', args: [spo2] }, below: '3 %' }),
    when({ expression: { op: '%', left: spo2, right: spo2 }, below: '3 %' }),
    when({ known: spo2, below: '3 %' }),
    set({ when: { silent: 'spo2', within: '3s' }, for: '1s' }),
    set({ when: { silent: 'spo2', within: '3s' }, missing: 'raise' }),
    set({}, { limits: { default: { high: '9 %' } } }),
    set({}, { limits: { default: { 'spo2.low': '9' } } }),
    set({}, { limits: { wards: [] } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': {} } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': '80 %' } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': { between: ['80 %'] } } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { 'spo2.low': { for: '1h' } } } }),
    set({}, { limits: { default: { 'spo2.low': '90 %' }, own: { low: { longest: '1h' } } } }),
    set({}, { validFor: { spo: '1m' } }),
    set({}, { attributes: { Score: 'number' } }),
    set({}, { attributes: { score: 7 } }),
    set({}, { definitions: { slow: { use: 'fast' } } }),
    set({}, { definitions: { slow: spo2, 'a b': spo2 } }),
    set({}, { schedules: { night: { from: '25:00', to: '06:00', zone: 'UTC' } } }),
    set({}, { schedules: { night: { from: '22:00', to: '06:00', zone: '+02:00' } } }),
    set({}, { schedules: { night: { from: '22:00', to: '06:00', zone: 'UTC', days: ['monday'] } } }),
    set({}, { schedules: { night: { from: '22:00', to: '06:00', zone: 'UTC', days: [] } } }),
    set({}, { schedules: { night: { from: '22:00', to: '06:00' } } }),
  ])('refuses, as parseRuleSet does, %j', (json) => {
    const sent: unknown = JSON.parse(JSON.stringify(json))
    expect([isAccepted(sent), isValid(sent)]).toEqual([false, false])
  })

  it('lists the signals and functions that there are', () => {
    const { signal, windowCall, scalarCall } = schema.$defs
    expect(signal.enum).toEqual(SIGNAL_NAMES)
    expect(windowCall.properties.call.enum).toEqual(WINDOW_FUNCTIONS)
    expect(scalarCall.properties.call.enum).toEqual(SCALAR_FUNCTIONS)
  })

  it('is published under its name', async () => {
    const { default: published } = await import('@millrace/rules/rule-set.schema.json', { with: { type: 'json' } })
    expect(published).toEqual(schema)
  })
})
