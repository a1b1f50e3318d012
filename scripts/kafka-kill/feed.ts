import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaTopics } from '../../packages/connectors/test/kafka/kafka-topics.ts'
import { CLOSING_TIME, type KillReading, type KillReadings, PARTITIONS } from './readings.ts'

/** From one step of all patients to the next. */
const PACE_MS = 50
const LIMIT_MS = 120_000

/** Writes readings to the input topic at a steady pace, and remembers them. */
export class Feed {
  /** In their order, by patient. */
  readonly written = new Map<string, KillReading[]>()
  records = 0
  readonly #topics: KafkaTopics
  readonly #topic: string
  readonly #readings: KillReadings
  readonly #feeding: Promise<void>
  #isEnding = false

  constructor(topics: KafkaTopics, topic: string, readings: KillReadings) {
    this.#topics = topics
    this.#topic = topic
    this.#readings = readings
    this.#feeding = this.#feed()
    // Whoever ends it hears of it.
    this.#feeding.catch(() => {})
  }

  /** Ends with a reading of each partition that is later than all others. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#feeding
    const closing = Array.from({ length: PARTITIONS }, (_, partition) => ({
      partition,
      value: JSON.stringify({ patientId: `closing-${partition}`, time: CLOSING_TIME, spo2: 97, heartRate: 70 }),
    }))
    await this.#write(closing)
    this.records += closing.length
  }

  /** Until it is written, since a broker may be away; sequence numbers keep it from being written twice. */
  async #write(messages: Parameters<KafkaTopics['produce']>[1]): Promise<void> {
    const begunAt = performance.now()
    for (;;) {
      try {
        return await this.#topics.produce(this.#topic, messages)
      } catch (error) {
        if (performance.now() - begunAt > LIMIT_MS) throw error
        await sleep(PACE_MS)
      }
    }
  }

  async #feed(): Promise<void> {
    while (!this.#isEnding) {
      const due = sleep(PACE_MS)
      const step = this.#readings.next()
      const messages = step.map(({ partition, reading }) => ({ partition, value: JSON.stringify(reading) }))
      await this.#write(messages)
      for (const { reading } of step) {
        const before = this.written.get(reading.patientId)
        if (before === undefined) this.written.set(reading.patientId, [reading])
        else before.push(reading)
      }
      this.records += messages.length
      await due
    }
  }
}
