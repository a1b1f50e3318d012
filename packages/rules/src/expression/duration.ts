const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

/** A length of time as a person writes it: `'30s'`, `'5m'`, or a number of ms. */
export type Duration = number | `${number}${keyof typeof UNIT_MS}`

/** The duration in ms; `undefined` for what is not a whole number, negative, or beyond what a number holds exactly. */
export function durationMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? textMs(value) : value
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined
}

/** The shortest text of a duration, in the largest unit that divides it: 90_000 is `90s`, 60_000 is `1m`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  const [unit, size] = Object.entries(UNIT_MS).find(([, size]) => ms % size === 0) as [string, number]
  return `${ms / size}${unit}`
}

function textMs(text: string): number | undefined {
  const parts = /^(\d+)\s*(ms|s|m|h|d)$/.exec(text.trim())
  return parts === null ? undefined : Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS]
}
