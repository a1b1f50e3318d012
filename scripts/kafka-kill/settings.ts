/** What the parent tells a life of the job. */
export interface LifeSettings {
  readonly life: number
  readonly brokers: readonly string[]
  readonly input: string
  readonly windows: string
  readonly alarms: string
  readonly checkpoints: string
  readonly client: 'platformatic' | 'kafkajs'
  /**
   * Where it takes its time, so that a kill can be aimed: before a checkpoint gets durable, before it is committed, or before the second
   * of its sinks commits.
   */
  readonly lingers: 'storing' | 'durable' | 'committing' | undefined
}

/** At most so long it takes its time. */
export const LINGER_MS = 40

/** Lines that a life of the job prints. */
export const STARTED: RegExp = /^(?:going on from checkpoint (\d+), (\d+) records|beginning)$/
export const STARTING: RegExp = /^starting$/
export const COMMITTING: RegExp = /^committing$/
export const STORING: RegExp = /^storing (\d+)$/
export const DURABLE: RegExp = /^durable (\d+)$/
export const FAILED: RegExp = /^failed: (.*)$/
