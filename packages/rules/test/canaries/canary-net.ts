import { inspect } from 'node:util'
import { createEnvironment } from '@millrace/core'
import type { PatientHost } from '../../src/engine/patient-host.ts'
import { PatientRules } from '../../src/engine/patient-rules.ts'
import type { Reading } from '../../src/index.ts'
import { CANARIES, CANARY_VALUE, canariesIn, tellingValue } from './canaries.ts'

/** A canary that was about to leave, and how. Without the canary itself: a net must not print what it holds back. */
export interface Leak {
  readonly by: string
  readonly what: string
}

/** The last values that were read, which are watched for like canaries, except where an alarm is explained. */
const VALUES_WATCHED = 64

/**
 * Plants canaries in every reading that rules are given in this process, by whatever way they come, and watches what leaves: what is printed,
 * warnings, errors of rules and of jobs, rejected readings, names of metrics; in an alarm everything but the values that it rests on. What is
 * printed with a canary in it is held back.
 */
export class CanaryNet {
  readonly leaks: Leak[] = []
  readonly #values: string[] = []
  readonly #hosts = new WeakMap<PatientHost, PatientHost>()
  #planted = 0

  /** In how many readings. */
  get planted(): number {
    return this.#planted
  }

  /** Puts itself between this process's rules and the rest. */
  spread(): this {
    this.#watchPrinting()
    this.#watchJobs()
    const net = this
    const { processReading, onTimer } = PatientRules.prototype
    PatientRules.prototype.processReading = function (this: PatientRules, reading, ctx) {
      net.#guard('an error of rules', () => processReading.call(this, net.#plant(reading), net.#host(ctx)))
    }
    PatientRules.prototype.onTimer = function (this: PatientRules, timer, ctx) {
      net.#guard('an error of rules', () => onTimer.call(this, timer, net.#host(ctx)))
    }
    return this
  }

  /** Notes the canaries in what leaves, and says whether there are any. */
  watch(by: string, what: unknown): boolean {
    const text =
      typeof what === 'string' ? what : inspect(what, { depth: 12, maxArrayLength: 1_000, breakLength: Infinity })
    const found = text.length === 0 ? [] : canariesIn(text, this.#values)
    for (const canary of found) {
      this.leaks.push({ by, what: Object.values(CANARIES).includes(canary) ? 'a text' : 'a value' })
    }
    return found.length > 0
  }

  /** What has leaked since the last time it was asked. */
  taken(): Leak[] {
    return this.leaks.splice(0)
  }

  #plant(reading: Reading): Reading {
    if (typeof reading !== 'object' || reading === null) return reading
    this.#planted += 1
    for (const value of Object.values(reading)) {
      const telling = tellingValue(value)
      if (telling !== undefined && this.#values.push(telling) > VALUES_WATCHED) this.#values.shift()
    }
    const attributes = Object.freeze({
      ...reading.attributes,
      'canary.name': CANARIES.name,
      'canary.value': CANARY_VALUE,
    })
    return Object.freeze({ ...CANARIES, weight: CANARY_VALUE, ...reading, attributes })
  }

  #host(ctx: PatientHost): PatientHost {
    const known = this.#hosts.get(ctx)
    if (known !== undefined) return known
    const net = this
    const watched: PatientHost = Object.create(ctx, {
      key: { get: () => ctx.key },
      isReplay: { get: () => ctx.isReplay },
      state: { get: () => ctx.state },
      timers: { get: () => ctx.timers },
      metrics: {
        get: () => ({
          counter(name: string) {
            net.watch('the name of a metric', name)
            return ctx.metrics.counter(name)
          },
        }),
      },
      now: { value: () => ctx.now() },
      emit: {
        value(event: Parameters<PatientHost['emit']>[0], timestamp: number) {
          const { why, patientId: _, ...rest } = event
          net.watch('an alarm', JSON.stringify({ ...rest, why: { ...why, values: [] } }))
          ctx.emit(event, timestamp)
        },
      },
      emitTo: {
        value(tag: unknown, record: { readonly patientId?: string }) {
          const { patientId: _, ...rest } = record
          net.watch('a rejected reading', JSON.stringify(rest))
          ;(ctx as unknown as { emitTo(tag: unknown, record: object): void }).emitTo(tag, record)
        },
      },
    })
    this.#hosts.set(ctx, watched)
    return watched
  }

  #guard(by: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.watch(by, error)
      throw error
    }
  }

  #watchPrinting(): void {
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'table', 'dir'] as const) {
      const print = console[method].bind(console) as (...args: unknown[]) => void
      console[method] = (...args: unknown[]) => {
        if (!this.watch(`console.${method}`, args)) print(...args)
      }
    }
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = process[name]
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
      stream.write = ((chunk: string | Uint8Array, ...args: unknown[]) => {
        const isLeak = this.watch(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
        return write(isLeak ? '' : chunk, ...args)
      }) as typeof stream.write
    }
    process.on('warning', (warning) => this.watch('a warning', warning))
    process.on('uncaughtExceptionMonitor', (error) => this.watch('an error that nobody caught', error))
  }

  #watchJobs(): void {
    const prototype = Object.getPrototypeOf(createEnvironment()) as Pick<
      ReturnType<typeof createEnvironment>,
      'execute'
    >
    const { execute } = prototype
    const net = this
    prototype.execute = async function (this: typeof prototype, ...args: Parameters<typeof execute>) {
      try {
        return await execute.apply(this as never, args)
      } catch (error) {
        net.watch('an error of a job', error)
        throw error
      }
    }
  }
}
