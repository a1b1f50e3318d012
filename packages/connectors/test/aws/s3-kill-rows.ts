const START = Date.UTC(2026, 10, 26, 22)

export interface KillRow {
  readonly n: number
  readonly time: number
}

/** The nth row; an hour has 700 of them. */
export function killRow(n: number): KillRow {
  return { n, time: START + Math.floor((n * 3_600_000) / 700) }
}
