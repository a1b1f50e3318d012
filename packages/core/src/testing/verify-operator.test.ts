import { describe, expect, it } from 'vitest'
import { outputTag } from '../elements/output-tag.ts'
import { count } from '../functions/aggregates/count.ts'
import { mean } from '../functions/aggregates/mean.ts'
import { keyedProcess } from '../functions/process-function.ts'
import { filterOperator } from '../operators/basic/filter.ts'
import { flatMapOperator } from '../operators/basic/flat-map.ts'
import { keyedProcessOperator } from '../operators/basic/keyed-process.ts'
import { mapOperator } from '../operators/basic/map.ts'
import { processOperator } from '../operators/basic/process.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operators/operator.ts'
import { aggregateWindow } from '../operators/windows/aggregate-window.ts'
import { calendarWindows, cumulativeCalendarWindows } from '../operators/windows/assigners/calendar-windows.ts'
import { cumulativeEventTimeWindows } from '../operators/windows/assigners/cumulative-event-time-windows.ts'
import { eventTimeSessionWindows } from '../operators/windows/assigners/event-time-session-windows.ts'
import { slidingEventTimeWindows } from '../operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../operators/windows/assigners/tumbling-event-time-windows.ts'
import { listState, mapState, valueState } from '../state/descriptors.ts'
import type { ValueState } from '../state/state.ts'
import { active, idle, record, type ScriptElement, time, watermark } from './script.ts'
import { verifyOperator } from './verify-operator.ts'

interface Reading {
  readonly key: string
  readonly value: number
}

const keyBy = (reading: Reading): string => reading.key
const read = (key: string, value: number, timestamp: number): ScriptElement<Reading> =>
  record({ key, value }, timestamp)

/** Three keys, out of order, with ties, a late one, and watermarks at which several things are due. */
const script: readonly ScriptElement<Reading>[] = [
  read('b', 1, 5),
  read('a', 2, 3),
  time(10),
  read('a', 3, 12),
  watermark(9),
  read('c', 4, 11),
  read('a', 5, 11),
  time(45),
  watermark(25),
  read('b', 6, 8),
  read('b', 7, 31),
  read('c', 8, 44),
  time(60),
  watermark(60),
  read('a', 9, 61),
]

it('finds one watermark of two inputs through restores, also when all were idle and one has woken up', () =>
  verifyOperator(
    processOperator<number, number>({
      processRecord(_value, ctx) {
        ctx.emit(ctx.currentWatermark())
      },
    }),
    [
      watermark(5, 0),
      watermark(10, 1),
      idle(1),
      idle(0),
      active(1),
      record(1, 20, 1),
      active(0),
      watermark(7, 0),
      record(2, 21, 1),
      watermark(11, 1),
      record(3, 22, 1),
    ],
    { inputs: 2, expected: [5, 7, 7] },
  ))

describe('the operators that are there', () => {
  it('map', () =>
    verifyOperator(
      mapOperator((r: Reading) => r.value * 2),
      script,
      { expected: [2, 4, 6, 8, 10, 12, 14, 16, 18], allowsLate: true },
    ))

  it('filter', () =>
    verifyOperator(
      filterOperator((r: Reading) => r.value % 2 === 0),
      script,
      { allowsLate: true },
    ))

  it('flatMap', () =>
    verifyOperator(
      flatMapOperator(function* (r: Reading) {
        for (let i = 0; i < r.value % 3; i++) yield `${r.key}${i}`
      }),
      script,
      { allowsLate: true },
    ))

  it('process', () => {
    const odd = outputTag<number>('odd')
    return verifyOperator(
      processOperator<Reading, string>({
        sideOutputs: [odd],
        processRecord(r, ctx) {
          if (r.value % 2 === 1) ctx.emitTo(odd, r.value)
          else ctx.emit(`${r.key} at ${ctx.currentWatermark()}`)
        },
      }),
      script,
      { allowsLate: true },
    )
  })

  it('keyed process, with every kind of state and timer', () => {
    const fn = keyedProcess<Reading, unknown>()({
      state: { sum: valueState<number>(), values: listState<number>(), byValue: mapState<number, string>() },
      processRecord(r, ctx) {
        const { sum, values, byValue } = ctx.state
        sum.set((sum.get() ?? 0) + r.value)
        values.add(r.value)
        byValue.put(r.value % 2, r.key)
        if (byValue.size > 1) byValue.remove(0)
        ctx.timers.eventTime.register(ctx.timestamp + 10)
        ctx.timers.eventTime.replace('last', ctx.timestamp + 15)
        ctx.timers.processingTime.replace('silence', Math.max(0, ctx.now()) + 20)
        if (r.value === 5) ctx.timers.eventTime.cancel('last')
        ctx.metrics.counter('seen').add(1)
      },
      onTimer(timer, ctx) {
        const { sum, values, byValue } = ctx.state
        ctx.emit({ ...timer, key: ctx.key, sum: sum.get(), values: [...values.get()], map: [...byValue.entries()] })
        if (timer.domain === 'processing-time') values.clear()
      },
    })
    return verifyOperator(keyedProcessOperator(fn), script, { keyBy, allowsLate: true })
  })

  const windows = {
    tumbling: tumblingEventTimeWindows(10),
    sliding: slidingEventTimeWindows(20, 5),
    'sliding, the slide does not divide the size': slidingEventTimeWindows(10, 4),
    cumulative: cumulativeEventTimeWindows(20, 5),
    'calendar days': calendarWindows('day', { timeZone: 'Europe/Berlin' }),
    'growing within a calendar hour': cumulativeCalendarWindows('hour', '20m', { timeZone: 'Asia/Kathmandu' }),
    session: eventTimeSessionWindows(7),
  }
  for (const [name, assigner] of Object.entries(windows)) {
    for (const allowedLateness of [0, 30]) {
      it(`${name} windows, lateness ${allowedLateness}`, () =>
        verifyOperator(
          aggregateWindow<
            Reading,
            string,
            { n: ReturnType<typeof count<Reading>>; mean: ReturnType<typeof mean<Reading>> }
          >(
            assigner,
            { n: count(), mean: mean((r) => r.value) },
            { allowedLateness, lateOutput: outputTag<Reading>('late') },
          ),
          script,
          { keyBy, allowsLate: true },
        ))
    }
  }
})

/** A keyed operator written against the bare contract. */
function keyed(create: () => Operator<Reading, unknown>): OperatorFactory<Reading, unknown> {
  return { kind: 'broken', keyed: true, usesTime: true, sideOutputs: [], create }
}

abstract class Keyed implements Operator<Reading, unknown> {
  context!: OperatorContext<unknown>
  total!: ValueState<number>

  open(context: OperatorContext<unknown>): void {
    this.context = context
    this.total = context.state.value('total', valueState<number>())
  }

  abstract processRecord(value: Reading, timestamp: number): void
}

describe('operators broken on purpose', () => {
  const refuses = (factory: OperatorFactory<Reading, unknown>, reason: RegExp, allowsLate = true) =>
    expect(verifyOperator(factory, script, { keyBy, allowsLate })).rejects.toThrow(reason)

  it('state outside the slots', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            seen = 0
            processRecord(_: Reading, timestamp: number): void {
              this.seen += 1
              this.context.output.emit(this.seen, timestamp)
            }
          })(),
      ),
      /^restored .*result \d+ was/,
    ))

  it('state in the factory, shared by all operators that it makes', () => {
    let seen = 0
    return refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(_: Reading, timestamp: number): void {
              seen += 1
              this.context.output.emit(seen, timestamp)
            }
          })(),
      ),
      /^a second operator/,
    )
  })

  it('a timer that is kept in a field, and forgotten', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            due: number[] = []
            processRecord(_: Reading, timestamp: number): void {
              this.due.push(timestamp + 10)
            }
            advanceWatermark(reached: number): number {
              for (const at of this.due.filter((t) => t <= reached).sort((a, b) => a - b))
                this.context.output.emit(at, at)
              this.due = this.due.filter((t) => t > reached)
              return reached
            }
          })(),
      ),
      /^restored .*result \d+ was/,
    ))

  it('a result after the watermark that releases it', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(reading: Reading, timestamp: number): void {
              const held = this.total.get()
              // What was due at the last watermark is emitted with the next record.
              if (held !== undefined) this.context.output.emit(held, held)
              this.total.set(timestamp)
              void reading
            }
          })(),
      ),
      /a result comes before the watermark that releases it/,
      false,
    ))

  it('results that depend on how records are cut into batches', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            inBatch = 0
            processRecord(_: Reading, timestamp: number): void {
              this.inBatch += 1
              queueMicrotask(() => {
                this.inBatch = 0
              })
              this.context.output.emit(this.inBatch, timestamp)
            }
          })(),
      ),
      /^one by one: result/,
    ))

  it('changes a value that it has emitted', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            last: { total: number } | undefined
            processRecord(reading: Reading, timestamp: number): void {
              if (this.last !== undefined) this.last.total += reading.value
              this.last = { total: reading.value }
              this.context.output.emit(this.last, timestamp)
            }
          })(),
      ),
      /all at once, at element 2: Cannot assign to read only property 'total'/,
    ))

  it('changes its input', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(reading: Reading, timestamp: number): void {
              ;(reading as { value: number }).value += 1
              this.context.output.emit(reading.value, timestamp)
            }
          })(),
      ),
      /at element 1: Cannot assign to read only property 'value'/,
    ))

  it('emits its state by reference', () =>
    refuses(
      keyedProcessOperator(
        keyedProcess<Reading, readonly number[]>()({
          state: { values: listState<number>() },
          processRecord(reading, ctx) {
            ctx.state.values.add(reading.value)
            ctx.emit(ctx.state.values.get())
          },
        }),
      ),
      /object is not extensible/,
    ))

  it('changes state in place, so that nothing marks it', () =>
    refuses(
      keyedProcessOperator(
        keyedProcess<Reading, number>()({
          state: { box: valueState<{ n: number }>() },
          processRecord(reading, ctx) {
            const box = ctx.state.box.get()
            if (box === undefined) ctx.state.box.set({ n: reading.value })
            else box.n += reading.value
            ctx.emit(ctx.state.box.get()?.n ?? 0)
          },
        }),
      ),
      /^restored before each element: result/,
    ))

  it('loses what is due when it is stopped', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(_: Reading, timestamp: number): void {
              this.due().update([...this.due().get(), timestamp])
            }
            advanceWatermark(reached: number): number {
              const due = this.due()
              for (const at of due.get().filter((t) => t <= reached)) {
                this.context.output.emit(at, at)
                if (this.context.shouldPause()) break
              }
              due.update(due.get().filter((t) => t > reached))
              return reached
            }
            due() {
              return this.context.operatorState.list<number>('due')
            }
          })(),
      ),
      /^(stopped|restored) .*result \d+ was/,
    ))

  it('claims to have reached a watermark that it has not', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(_: Reading, timestamp: number): void {
              this.due().update([...this.due().get(), timestamp].sort((a, b) => a - b))
            }
            advanceWatermark(reached: number): number {
              const due = this.due()
              for (let first = due.get()[0]; first !== undefined && first <= reached; first = due.get()[0]) {
                if (this.context.shouldPause()) return reached
                this.context.output.emit(first, first)
                due.update(due.get().slice(1))
              }
              return reached
            }
            due() {
              return this.context.operatorState.list<number>('due')
            }
          })(),
      ),
      /result|watermark/,
    ))

  it('keeps a cache that it does not save in prepareSnapshot', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            cached = new Map<string, number>()
            processRecord(reading: Reading, timestamp: number): void {
              const total = (this.cached.get(reading.key) ?? this.total.get() ?? 0) + reading.value
              this.cached.set(reading.key, total)
              this.context.output.emit(total, timestamp)
            }
          })(),
      ),
      /^restored .*result \d+ was/,
    ))

  it('draws a random number', () =>
    refuses(
      keyed(
        () =>
          new (class extends Keyed {
            processRecord(_: Reading, timestamp: number): void {
              this.context.output.emit(Math.random(), timestamp)
            }
          })(),
      ),
      /^a second operator/,
    ))

  it('says what differs from what was expected', async () => {
    const doubling = mapOperator((r: Reading) => r.value * 2)
    await expect(verifyOperator(doubling, script.slice(0, 1), { expected: [3] })).rejects.toThrow(
      'result 0 was 2, expected 3',
    )
  })
})
