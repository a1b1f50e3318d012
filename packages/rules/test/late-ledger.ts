import type { AlarmCorrection, AlarmEvent } from '../src/index.ts'

interface Entry {
  readonly slot: string
  /** Whether people think that it goes on. */
  isOpen: boolean
  spans: readonly (readonly [raised: number, cleared: number])[]
}

/** What somebody knows of a patient's alarms who reads every event and every correction, and nothing else. */
export class LateLedger {
  readonly #entries = new Map<string, Entry>()
  /** What was told that nobody could make sense of. */
  readonly oddities: string[] = []

  take(event: AlarmEvent | AlarmCorrection): void {
    const { id, why, time } = event
    const slot = why.error === undefined ? event.rule : `${event.rule}!${why.error}`
    const late = why.late?.alarms.map(({ raised, cleared }) => [raised, cleared ?? Infinity] as const)
    const known = this.#entries.get(id)
    const open = [...this.#entries.values()].filter((entry) => entry.slot === slot && entry.isOpen)
    switch (event.event) {
      case 'raised':
        // Readings of one time may raise an alarm, clear it and raise it again under one id.
        if (known !== undefined && late !== undefined) this.oddities.push(`the id ${id} comes again`)
        if (open.length > 0) this.oddities.push(`${slot} is raised twice`)
        this.#entries.set(id, { slot, isOpen: true, spans: late ?? [...(known?.spans ?? []), [time, Infinity]] })
        break
      case 'cleared':
        if (known?.isOpen !== true) this.oddities.push(`${slot} is cleared, and was not raised`)
        else known.isOpen = false
        if (late !== undefined && known !== undefined) known.spans = late
        // What goes on ends with the alarm that goes on.
        for (const entry of this.#entries.values()) {
          if (entry.slot !== slot) continue
          entry.spans = entry.spans.map(([raised, cleared]) => [raised, cleared === Infinity ? time : cleared])
        }
        break
      case 'annotated':
        if (known === undefined) this.#entries.set(id, { slot, isOpen: false, spans: late ?? [] })
        else known.spans = late ?? []
        break
      case 'retracted':
        if (known === undefined) this.oddities.push(`${slot} is taken back, and was not told`)
        this.#entries.delete(id)
        break
    }
  }

  get open(): string[] {
    return [...this.#entries.values()]
      .filter(({ isOpen }) => isOpen)
      .map(({ slot }) => slot)
      .sort()
  }

  /** Each alarm that was raised before a time, and when it was raised and cleared; those that two were told of once. */
  alarmsUntil(until: number): string[] {
    const all = [...this.#entries.values()].flatMap(({ slot, spans }) => spans.map((span) => ({ slot, span })))
    const known = all.filter(({ span: [raised] }) => raised < until)
    return [...new Set(known.map(({ slot, span: [a, b] }) => `${slot} ${a},${Math.min(until, b)}`))].sort()
  }
}
