// Feeds readings to one rule on an expression, and to 1,000 that hold the same expression against numbers of their own, and prints how long a
// reading takes with each. What is worked out once costs the same for all; a rule more costs what its own number brings.
import { compileRules, parseRules, type Reading, type Ward } from '@millrace/rules'
import { randomFrom } from '../../harness/random.ts'

const [PATIENTS, READINGS, RULES] = [1_000, 200, 1_000]

const random = randomFrom(11)
const readings: Reading[] = []
for (let j = 0; j < READINGS; j++) {
  for (let i = 0; i < PATIENTS; i++) {
    const heartRate = 80 + 2 * Math.sin(j / 7 + i) + random() * 0.2
    readings.push({ patientId: `p${i}`, time: 1_700_000_000_000 + j * 1_000, heartRate, systolic: 120 })
  }
}

/** From a shock index of 0.5 on: most never hold, some always do, and about one turns with each reading. */
function wardOf(rules: number): Ward {
  const numbers = Array.from({ length: rules }, (_, i) => 0.5 + i / rules)
  const texts = numbers.map((number, i) => `alarm r${i}\n  when heart-rate / systolic > ${number} /min/mm[Hg] for 1m\n`)
  return compileRules(parseRules(texts.join('\n')))
}

function microseconds(rules: number): number {
  const ward = wardOf(rules)
  const warm = 10 * PATIENTS
  for (const reading of readings.slice(0, warm)) ward.feed(reading)
  const start = performance.now()
  for (const reading of readings.slice(warm)) ward.feed(reading)
  return ((performance.now() - start) * 1_000) / (readings.length - warm)
}

microseconds(10)
const [one, many] = [microseconds(1), microseconds(RULES)]
console.log(
  `  a reading: one rule ${one.toFixed(2)} us, ${RULES} on the same expression ${many.toFixed(2)} us (${(many / one).toFixed(1)} times)`,
)
