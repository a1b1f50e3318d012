/** What some readings come to. */
export interface Sum {
  readonly start: number
  count: number
  heartRate: number
  lowest: number
  highest: number
}

/** Two stacks by hand: see the engine's `TwoStacks`, for data of which nothing is late. */
export interface Stacks {
  /** Each with what it and all newer ones of the front come to; the oldest last. */
  readonly front: Sum[]
  back: Sum[]
  /** What the back comes to. */
  sum: Sum | undefined
}

export function push(stacks: Stacks, slice: Sum): void {
  stacks.back.push(slice)
  if (stacks.sum === undefined) stacks.sum = { ...slice }
  else add(stacks.sum, slice)
}

/** What is before this time goes; where the front is used up, the back becomes the front. */
export function evict(stacks: Stacks, first: number): void {
  const { front, back } = stacks
  while (front.length > 0 && (front.at(-1) as Sum).start < first) front.pop()
  if (front.length > 0 || back.length === 0 || (back[0] as Sum).start >= first) return
  for (let i = back.length - 1; i >= 0 && (back[i] as Sum).start >= first; i--) {
    const sum = { ...(back[i] as Sum) }
    if (front.length > 0) add(sum, front.at(-1) as Sum)
    front.push(sum)
  }
  stacks.back = []
  stacks.sum = undefined
}

/** Hands over what both stacks come to, if there is anything. */
export function tell(
  { front, sum }: Stacks,
  take: (count: number, heartRate: number, lowest: number, highest: number) => void,
): void {
  const top = front.at(-1)
  if (top !== undefined && sum !== undefined) {
    const lowest = Math.min(top.lowest, sum.lowest)
    take(top.count + sum.count, top.heartRate + sum.heartRate, lowest, Math.max(top.highest, sum.highest))
    return
  }
  const all = top ?? sum
  if (all !== undefined) take(all.count, all.heartRate, all.lowest, all.highest)
}

function add(sum: Sum, other: Sum): void {
  sum.count += other.count
  sum.heartRate += other.heartRate
  if (other.lowest < sum.lowest) sum.lowest = other.lowest
  if (other.highest > sum.highest) sum.highest = other.highest
}
