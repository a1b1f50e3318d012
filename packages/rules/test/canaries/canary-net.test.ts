import { describe, expect, it } from 'vitest'
import { compileRules, evaluateRules, parseRules } from '../../src/index.ts'
import { Driver } from '../driver.ts'
import { CANARIES, CANARY_VALUE, canariesIn } from './canaries.ts'
import { net } from './net.ts'

const rules = parseRules('alarm low\n  when spo2 < 88 %')

describe('the net', () => {
  it('plants in readings whatever way they come', () => {
    const before = net.planted
    compileRules(rules).feed({ patientId: 'p1', time: 0, spo2: 87 })
    expect(net.planted).toBe(before + 1)
    expect(net.taken()).toEqual([])
  })

  it('holds what is printed, in whatever writing, and says how it left', () => {
    for (const print of [
      () => console.warn(CANARIES.name),
      () => console.log({ deep: [{ phone: CANARIES.phone }] }),
      () => process.stderr.write(Buffer.from(`x${CANARIES.email}`).toString('base64')),
      () => process.stdout.write(encodeURIComponent(CANARIES.address)),
      () => console.error(JSON.stringify({ weight: CANARY_VALUE, address: CANARIES.address })),
    ]) {
      print()
      expect(net.taken().length).toBeGreaterThan(0)
    }
  })

  it('holds the values of readings that are like no other number', () => {
    compileRules(rules).feed({ patientId: 'p1', time: 0, spo2: 87.130917 })
    console.log('spo2 is 87.130917')
    expect(net.taken()).not.toEqual([])
    console.log('spo2 is 87')
    expect(net.taken()).toEqual([])
  })

  it('holds what is rejected and what rules throw, and lets both through', () => {
    const driver = new Driver(() => evaluateRules(rules))
    driver.read({ patientId: 'p1', time: 0, spo2: { value: 1, unit: CANARIES.name } } as never)
    expect(driver.rejected).toHaveLength(1)
    expect(net.taken()).toEqual([])
    const broken = new Driver(() => evaluateRules(rules))
    const reading = {
      patientId: 'p1',
      time: 0,
      get spo2(): number {
        throw new Error(`of ${CANARIES.name}`)
      },
    }
    expect(() => broken.read(reading)).toThrow('of ')
  })
})

it('finds a canary at every offset of a Base64 text', () => {
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = Buffer.from(`${before}${CANARIES.name}${before}`).toString('base64')
    expect(canariesIn(text)).toEqual([CANARIES.name])
  }
})
