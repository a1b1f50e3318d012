import { boundedOutOfOrderness, createEnvironment } from '@millrace/core'
import { evaluateRules, parseRuleSet, type Reading, rule, ruleSet } from '@millrace/rules'

const spo2Low = rule('spo2-low')
  .when((v) => v.spo2.below('88 %'))
  .for('15s')
  .clearWhen((v) => v.spo2.atLeast('91 %'))
  .for('10s')
  .priority('high')
  .because('Sustained desaturation')

const built = ruleSet([spo2Low])

// The same rule as JSON, the canonical form: stored, versioned, hashed, sent over a wire, edited in a form.
const parsed = parseRuleSet({
  format: 1,
  rules: [
    {
      id: 'spo2-low',
      priority: 'high',
      because: 'Sustained desaturation',
      when: { signal: 'spo2', below: '88 %' },
      for: '15s',
      clear: { when: { signal: 'spo2', atLeast: '91 %' }, for: '10s' },
    },
  ],
})
console.log('one meaning:', built.version === parsed.version)

const readings: Reading[] = Array.from({ length: 61 }, (_, second) => ({
  patientId: 'p1',
  time: second * 1_000,
  spo2: second < 10 || second > 40 ? 96 : 85,
}))

const env = createEnvironment()
const alarms = env
  .fromArray(readings, { watermarks: boundedOutOfOrderness('5s').timestamp((r: Reading) => r.time) })
  .keyBy((r) => r.patientId)
  .process(evaluateRules(built))

for (const { patientId, rule: id, event, time, priority, why } of await alarms.executeAndCollect()) {
  const [compared] = why.values
  console.log(
    `${time / 1_000} s: ${id} ${event} for ${patientId} (${priority}): ${why.condition}, was ${compared?.value} ${compared?.unit}`,
  )
}
