import { expect, it } from 'vitest'
import { bytesOf } from './number-bytes.ts'
import { PATIENT_STATE } from './patient-descriptors.ts'
import { HEADER_LENGTH, LIMITS_SINCE, LIMITS_TIMER, WARD_AT } from './patient-state.ts'

it('reads vitals of the earlier version, in which it did not stand since when limits hold', () => {
  const { codec } = PATIENT_STATE.vitals
  if (codec === undefined) throw new Error('vitals have a codec')
  const earlier = Float64Array.from({ length: 20 }, (_, i) => i)
  const vitals = codec.decode(bytesOf(earlier), 1)
  expect(vitals[LIMITS_TIMER]).toBe(11)
  expect([vitals[WARD_AT], vitals[LIMITS_SINCE]]).toEqual([-Infinity, -Infinity])
  expect([...vitals.slice(HEADER_LENGTH)]).toEqual([...earlier.slice(12)])
  expect(codec.decode(codec.encode(vitals), codec.version)).toEqual(vitals)
})
