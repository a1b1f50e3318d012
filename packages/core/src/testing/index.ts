// What the author of a job or an operator tests with.

export { crashingSource } from './crashing-source.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { type HarnessOptions, type OperatorHarness, operatorHarness } from './operator-harness.ts'
export { active, idle as idleInput, record, type ScriptElement, time, watermark } from './script.ts'
export { crash, end, idle, type ScriptedSource, type ScriptMark, scripted } from './scripted-source.ts'
export { type JobTest, type JobTestOptions, testJob } from './test-job.ts'
export { type VerifyOptions, verifyOperator } from './verify-operator.ts'
