import { compareKeys, type Key } from '../src/elements/key.ts'
import type { TimeWindow } from '../src/elements/time-window.ts'
import type { Emitted, Reading, Step } from './window-driver.ts'

// Windows by what is documented of assigners, triggers and evictors: each keeps its records in a list, nothing is shared, and what is
// due is looked for among all windows, one event at a time.

export type TriggerRule =
  | { readonly kind: 'event-time' | 'processing-time' | 'never' }
  | { readonly kind: 'count'; readonly n: number }
  | { readonly kind: 'continuous-event-time' | 'continuous-processing-time'; readonly interval: number }
  | { readonly kind: 'delta'; readonly threshold: number }

export interface EvictorRule {
  readonly kind: 'count' | 'time' | 'delta'
  readonly limit: number
  readonly after: boolean
}

export interface ModelProgram {
  readonly domain: 'event-time' | 'processing-time'
  readonly isMerging: boolean
  readonly lateness: number
  readonly trigger: TriggerRule
  readonly purging: boolean
  readonly evictor: EvictorRule | undefined
  assign(reading: Reading, now: number): readonly TimeWindow[]
  /** What a window that fires gives of its records; undefined for nothing. */
  result(key: Key, window: TimeWindow, readings: readonly Reading[]): unknown
}

export interface Expected {
  readonly emitted: Emitted[]
  readonly late: Reading[]
  readonly partlyLate: number
  readonly unassigned: number
  readonly keyCount: number
}

interface ModelWindow {
  readonly key: Key
  readonly start: number
  readonly end: number
  held: Reading[]
  newest: Reading | undefined
  /** The trigger waits for the window's end. */
  waits: boolean
  /** What a continuous trigger waits for. */
  next: number | undefined
  /** Records since a count trigger fired. */
  counted: number
  /** What a delta trigger compares with. */
  last: Reading | undefined
}

/** The time in a window's life at which something is to be done. */
interface Due {
  readonly window: ModelWindow
  readonly time: number
  readonly fires: boolean
  readonly frees: boolean
}

export function windowProgramModel(program: ModelProgram, steps: readonly Step[]): Expected {
  const model = new Model(program)
  for (const step of steps) model.take(step)
  return {
    emitted: model.emitted,
    late: model.late,
    partlyLate: model.partlyLate,
    unassigned: model.unassigned,
    keyCount: new Set(model.windows.filter(isKept).map((window) => window.key)).size,
  }
}

/** A window without an end is kept as long as anything is left of it. */
function isKept({ end, held, waits, next, counted, last }: ModelWindow): boolean {
  return Number.isFinite(end) || held.length > 0 || waits || next !== undefined || counted > 0 || last !== undefined
}

class Model {
  readonly emitted: Emitted[] = []
  readonly late: Reading[] = []
  partlyLate = 0
  unassigned = 0
  windows: ModelWindow[] = []
  readonly #program: ModelProgram
  #watermark = Number.NEGATIVE_INFINITY
  #now = 0

  constructor(program: ModelProgram) {
    this.#program = program
  }

  take(step: Step): void {
    if (step.type === 'record') this.#record(step.reading)
    if (step.type === 'watermark' && step.watermark > this.#watermark) {
      this.#watermark = step.watermark
      this.#advance('event-time', (time) => time <= step.watermark)
    }
    if (step.type === 'clock') {
      const now = Math.max(step.time, this.#now)
      // The clock stops at each timer on its way, one after the time that was asked for.
      this.#advance('processing-time', (time) => time < now)
      this.#now = now
    }
  }

  #record(reading: Reading): void {
    const { domain, lateness, isMerging } = this.#program
    const assigned = this.#program.assign(reading, this.#now)
    let missed = 0
    for (const { start, end } of assigned) {
      const found = isMerging ? this.#merge(reading.key, start, end) : this.#find(reading.key, start, end)
      if (found === undefined && domain === 'event-time' && end - 1 + lateness <= this.#watermark) {
        missed += 1
        continue
      }
      const window = found ?? this.#begin(reading.key, start, end)
      window.held.push(reading)
      window.newest = reading
      if (this.#firesOn(window, reading)) this.#fire(window)
    }
    if (assigned.length === 0) this.unassigned += 1
    else if (missed === assigned.length) this.late.push(reading)
    else if (missed > 0) this.partlyLate += 1
  }

  #find(key: Key, start: number, end: number): ModelWindow | undefined {
    return this.windows.find((window) => window.key === key && window.start === start && window.end === end)
  }

  #begin(key: Key, start: number, end: number): ModelWindow {
    const window: ModelWindow = {
      key,
      start,
      end,
      held: [],
      newest: undefined,
      waits: false,
      next: undefined,
      counted: 0,
      last: undefined,
    }
    this.windows.push(window)
    return window
  }

  /** Whatever the new window touches becomes one with it, and what that touches, until nothing more does. */
  #merge(key: Key, start: number, end: number): ModelWindow | undefined {
    const touching: ModelWindow[] = []
    let [from, to] = [start, end]
    for (;;) {
      const window = this.windows.find((w) => w.key === key && !touching.includes(w) && w.start <= to && w.end >= from)
      if (window === undefined) break
      touching.push(window)
      from = Math.min(from, window.start)
      to = Math.max(to, window.end)
    }
    const [only] = touching
    if (only === undefined) return undefined
    if (touching.length === 1 && only.start === from && only.end === to) return only
    touching.sort((a, b) => a.start - b.start)
    this.windows = this.windows.filter((window) => !touching.includes(window))
    const merged = this.#begin(key, from, to)
    merged.held = touching.flatMap((window) => window.held)
    merged.counted = touching.reduce((sum, window) => sum + window.counted, 0)
    const nexts = touching.flatMap((window) => (window.next === undefined ? [] : [window.next]))
    if (nexts.length > 0) {
      merged.next = Math.min(...nexts)
      merged.waits = this.#program.trigger.kind === 'continuous-processing-time' && to - 1 > this.#now
    }
    return merged
  }

  #firesOn(window: ModelWindow, reading: Reading): boolean {
    const { trigger } = this.#program
    const isOver = window.end - 1 <= this.#watermark
    switch (trigger.kind) {
      case 'never':
        return false
      case 'event-time':
        if (!isOver) window.waits = true
        return isOver
      case 'processing-time':
        window.waits = Number.isFinite(window.end)
        return false
      case 'count':
        window.counted += 1
        if (window.counted < trigger.n) return false
        window.counted = 0
        return true
      case 'continuous-event-time':
        if (isOver) return true
        window.waits = Number.isFinite(window.end)
        window.next ??= multipleAfter(reading.time, trigger.interval)
        return false
      case 'continuous-processing-time':
        if (window.next !== undefined) return false
        window.next = multipleAfter(this.#now, trigger.interval)
        window.waits = window.end - 1 > this.#now && Number.isFinite(window.end)
        return false
      case 'delta': {
        const { last } = window
        if (last !== undefined && reading.value - last.value <= trigger.threshold) return false
        window.last = reading
        return last !== undefined
      }
    }
  }

  #advance(domain: ModelProgram['domain'], isReached: (time: number) => boolean): void {
    for (;;) {
      const dues = this.windows.map((window) => this.#dueOf(window, domain)).filter(({ time }) => isReached(time))
      dues.sort(
        (a, b) =>
          a.time - b.time ||
          compareKeys(a.window.key, b.window.key) ||
          a.window.start - b.window.start ||
          a.window.end - b.window.end,
      )
      const [due] = dues
      if (due === undefined || due.time === Number.POSITIVE_INFINITY) return
      if (domain === 'processing-time') this.#now = Math.max(this.#now, due.time + 1)
      if (due.fires) {
        this.#afterFiring(due.window, due.time)
        this.#fire(due.window)
      }
      if (due.frees) this.windows = this.windows.filter((window) => window !== due.window)
    }
  }

  #dueOf(window: ModelWindow, domain: ModelProgram['domain']): Due {
    const { trigger, lateness } = this.#program
    const fires: number[] = []
    const ofEvents = trigger.kind === 'event-time' || trigger.kind === 'continuous-event-time'
    if (ofEvents === (domain === 'event-time')) {
      if (window.waits) fires.push(endOf(window))
      const { next } = window
      if (next !== undefined && (!ofEvents || next < window.end - 1)) fires.push(next)
    }
    const frees = domain === this.#program.domain ? window.end - 1 + lateness : Number.POSITIVE_INFINITY
    const time = Math.min(frees, ...fires)
    return { window, time, fires: fires.includes(time), frees: frees === time }
  }

  #afterFiring(window: ModelWindow, time: number): void {
    const { trigger } = this.#program
    if (time === endOf(window)) window.waits = false
    if (time !== window.next || !('interval' in trigger)) return
    window.next += trigger.interval
    if (this.#watermark === Number.POSITIVE_INFINITY && window.end === Number.POSITIVE_INFINITY) {
      if (trigger.kind === 'continuous-event-time') window.next = Number.POSITIVE_INFINITY
    }
  }

  #fire(window: ModelWindow): void {
    const { evictor, purging } = this.#program
    if (window.held.length === 0) return
    const { key, start, end } = window
    if (evictor?.after === false) window.held = kept(evictor, window.held)
    const result = this.#program.result(key, { start, end }, window.held)
    const timestamp = Number.isFinite(end) ? end - 1 : (window.newest as Reading).time
    if (result !== undefined) this.emitted.push({ result, timestamp })
    if (evictor?.after === true) window.held = kept(evictor, window.held)
    if (purging) window.held = []
  }
}

/** A window without an end ends after all records. */
function endOf(window: ModelWindow): number {
  return window.end === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : window.end - 1
}

function multipleAfter(time: number, interval: number): number {
  let multiple = Math.floor(time / interval) * interval
  while (multiple <= time) multiple += interval
  return multiple
}

function kept({ kind, limit }: EvictorRule, held: readonly Reading[]): Reading[] {
  if (kind === 'count') return held.slice(Math.max(0, held.length - limit))
  if (kind === 'time') {
    const newest = Math.max(...held.map((reading) => reading.time))
    return held.filter((reading) => newest - reading.time < limit)
  }
  const last = held.at(-1)
  return held.filter((reading) => last !== undefined && reading.value - last.value < limit)
}
