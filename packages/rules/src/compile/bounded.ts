import type { NumberClosure } from './to-number.ts'

/** What is held against a number: a channel, the last values of one, or what is worked out from channels. */
export type Bounded = ChannelPlace | CountedPlace | ExpressionPlace

export interface ChannelPlace {
  readonly kind: 'channel'
  /** Where it lies in a patient's vitals. */
  readonly offset: number
}

/** One of a signal's last values: the window that they are in, and how many of them are looked at. */
export interface CountedPlace {
  readonly kind: 'counted'
  readonly window: number
  readonly of: number
}

/** An expression. Those of the same key have the same value whatever is known: rules share them. */
export interface ExpressionPlace {
  readonly kind: 'expression'
  readonly key: string
  readonly value: NumberClosure
  /** Offsets of the channels that it speaks of. */
  readonly offsets: readonly number[]
}

/** Equal for the same. */
export function boundedKey(place: Bounded): string {
  switch (place.kind) {
    case 'channel':
      return `${place.offset}`
    case 'counted':
      return `${place.window} ${place.of}`
    case 'expression':
      return place.key
  }
}
