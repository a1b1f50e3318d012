import type { Counter } from './operator-metrics.ts'

/** The counters of one operator, by name. */
export class CounterGroup {
  readonly #counters = new Map<string, GrowingCounter>()

  counter(name: string): Counter {
    let counter = this.#counters.get(name)
    if (counter === undefined) {
      counter = new GrowingCounter()
      this.#counters.set(name, counter)
    }
    return counter
  }

  /** Everything counted so far, for a checkpoint and for whoever watches. */
  values(): Record<string, number> {
    return Object.fromEntries([...this.#counters].map(([name, counter]) => [name, counter.value]))
  }

  restore(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.counter(name).add(value)
  }
}

class GrowingCounter implements Counter {
  value = 0

  add(n: number): void {
    this.value += n
  }
}
