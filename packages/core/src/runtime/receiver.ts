import type { OutputTag } from '../elements/output-tag.ts'
import type { Counter } from '../metrics/operator-metrics.ts'
import type { Output } from '../operators/operator.ts'

/** What takes a step's records: another step, a sink, or several of them. */
export interface Receiver {
  processRecord(value: unknown, timestamp: number): void
}

/** A step's output: the receivers of its main output and of its side outputs, and how much went out. */
export class StepOutput implements Output<unknown> {
  recordsOut = 0
  #main: Receiver = NOBODY
  readonly #sides = new Map<string, { readonly receiver: Receiver; records: number }>()
  readonly #unread: Counter

  constructor(unread: Counter) {
    this.#unread = unread
  }

  connect(receivers: readonly Receiver[], sides: ReadonlyMap<string, readonly Receiver[]>): void {
    this.#main = asOne(receivers)
    for (const [tag, readers] of sides) this.#sides.set(tag, { receiver: asOne(readers), records: 0 })
  }

  emit(value: unknown, timestamp: number): void {
    this.recordsOut += 1
    this.#main.processRecord(value, timestamp)
  }

  emitTo<T>(tag: OutputTag<T>, value: T, timestamp: number): void {
    const side = this.#sides.get(tag.id)
    if (side === undefined) {
      this.#unread.add(1)
      return
    }
    side.records += 1
    side.receiver.processRecord(value, timestamp)
  }

  /** Records that went to a side output since this attempt began. */
  sideRecords(tag: string): number {
    return this.#sides.get(tag)?.records ?? 0
  }
}

const NOBODY: Receiver = { processRecord() {} }

function asOne(receivers: readonly Receiver[]): Receiver {
  const [first] = receivers
  if (first === undefined) return NOBODY
  return receivers.length === 1 ? first : new FanOut(receivers)
}

class FanOut implements Receiver {
  readonly #receivers: readonly Receiver[]

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers
  }

  processRecord(value: unknown, timestamp: number): void {
    for (const receiver of this.#receivers) receiver.processRecord(value, timestamp)
  }
}
