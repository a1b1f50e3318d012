/** A name that stands for nothing, and the names that there are, of which one may have been meant. */
export interface Misnamed {
  readonly written: string
  readonly known: () => readonly string[]
}

/** The known name that was probably meant, for "did you mean": the nearest, if it takes few enough edits to get there. */
export function closestName(written: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const name of known) {
    if (Math.abs(name.length - written.length) >= fewest) continue
    const needed = edits(written.toLowerCase(), name.toLowerCase())
    if (needed < fewest && needed < name.length) {
      best = name
      fewest = needed
    }
  }
  return best
}

/** `; did you mean x?`, where something near is known. */
export function didYouMean(written: string, known: readonly string[]): string {
  const name = closestName(written, known)
  return name === undefined ? '' : `; did you mean ${name}?`
}

/** How many letters must be put in, taken out or replaced to get from one word to the other (Levenshtein). */
function edits(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return a === b ? 0 : 64
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
