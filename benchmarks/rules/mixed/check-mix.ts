// Prints how many rules a reading moves, and how many alarm: what the mixes are. Exits with 1 where a reading moves none.
import { placeOf } from './mix.ts'

let isAsSaid = true
for (const [count, readingsEach] of [
  [10, 40],
  [100, 40],
  [1_000, 200],
  [10_000, 100],
] as const) {
  let moved = 0
  let least = Infinity
  let alarming = 0
  for (let j = 1; j < readingsEach; j++) {
    const [last, here] = [j - 1, j].map((at) => Math.max(0, Math.ceil(placeOf(at, count, readingsEach, 1) + 0.1))) as [
      number,
      number,
    ]
    moved += Math.abs(here - last)
    least = Math.min(least, Math.abs(here - last))
    alarming += Math.min(here, last)
  }
  isAsSaid &&= least >= 1
  const [each, share] = [moved / (readingsEach - 1), alarming / (readingsEach - 1) / count]
  console.log(
    `  ${count} rules: a reading moves ${each.toFixed(1)} (at least ${least}); ${(share * 100).toFixed(1)} % alarm`,
  )
}
process.exitCode = isAsSaid ? 0 : 1
