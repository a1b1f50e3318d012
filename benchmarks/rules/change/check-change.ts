// Changes one rule of 10,000 over and over while 10,000 patients are watched, and prints how long each change takes until it is in force for all
// of them. Exits with 1 where one change in a hundred takes longer than 100 ms.
import { compileRules, type RuleChange } from '@millrace/rules'
import { makeMix } from '../mixed/mix.ts'

const WARM_UP = 20
const [RULES, PATIENTS, CHANGES, AIM_MS] = [10_000, 10_000, 100, 100]

const { rules, readings } = makeMix(RULES, PATIENTS, 2).data
const ward = compileRules(rules)
for (const reading of readings) ward.feed(reading)
const now = readings.at(-1)?.time ?? 0

const kinds: readonly ((i: number) => object)[] = [
  (i) => ({
    put: { rules: [{ id: `r${(i * 97) % RULES}`, when: { signal: 'heartRate', above: `${90 + (i % 50)} /min` } }] },
  }),
  (i) => ({ put: `alarm new-${i}\n  when spo2 < ${85 + (i % 10)} % for 10s` }),
  (i) => ({ disable: [`r${(i * 89) % RULES}`] }),
  (i) => ({ limits: { patients: { [`patient-${i % PATIENTS}`]: { 'heartRate.own3': `${100 + (i % 40)} /min` } } } }),
  (i) => ({ put: `alarm window-${i}\n  when mean(spo2 over ${60 + i}s) < 85 %` }),
  (i) => ({ remove: [`r${(i * 83 + 1) % RULES}`] }),
]
const took: number[] = []
const worked: number[] = []
for (let i = -WARM_UP; i < CHANGES; i++) {
  const signature = { id: `c${i}`, at: now, author: 'eng-7', reason: 'trial' }
  const make = kinds[(i + WARM_UP) % kinds.length] as (typeof kinds)[number]
  const change = { ...signature, ...make(i + WARM_UP) } as RuleChange
  const [start, before] = [performance.now(), process.cpuUsage()]
  const { outcome } = ward.change(change, now + i)
  const ms = performance.now() - start
  if (outcome.status !== 'accepted') throw new Error(JSON.stringify(outcome))
  const { user, system } = process.cpuUsage(before)
  if (i < 0) continue
  took.push(ms)
  worked.push((user + system) / 1_000)
}
const sorted = took.toSorted((a, b) => a - b)
// The nearest rank: of 100, the 99th.
const at = (share: number, of = sorted): number => of[Math.ceil(share * of.length) - 1] as number
const processor = worked.toSorted((a, b) => a - b)
console.log(
  `  ${RULES} rules, ${PATIENTS} patients, ${CHANGES} changes: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms (at most ${AIM_MS}); of processor time ${at(0.5, processor).toFixed(0)} and ${at(0.99, processor).toFixed(0)} ms`,
)
for (const [k] of kinds.entries()) {
  const own = took.filter((_, i) => (i + WARM_UP) % kinds.length === k).toSorted((a, b) => a - b)
  console.log(
    `    ${['a rule changed', 'a rule more', 'a rule disabled', 'a limit moved', 'a window more', 'a rule removed'][k]}: p50 ${own[own.length >> 1]?.toFixed(0)} ms`,
  )
}
process.exitCode = at(0.99) <= AIM_MS ? 0 : 1
