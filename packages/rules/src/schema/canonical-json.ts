/** JSON with the keys of every object in the order of their UTF-16 code units and no white space: equal data, equal text. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const pieces: string[] = []
  write(value, pieces)
  // Texts of rules are kept and hashed again and again: joined they are in one piece in memory too.
  return pieces.join('')
}

function write(value: unknown, pieces: string[]): void {
  if (typeof value !== 'object' || value === null) pieces.push(JSON.stringify(value) ?? 'null')
  else if (Array.isArray(value)) {
    pieces.push('[')
    for (const [i, entry] of value.entries()) {
      if (i > 0) pieces.push(',')
      write(entry, pieces)
    }
    pieces.push(']')
  } else {
    const object = value as Readonly<Record<string, unknown>>
    let mark = '{'
    for (const key of Object.keys(object).sort()) {
      const entry = object[key]
      if (entry === undefined) continue
      pieces.push(mark, JSON.stringify(key), ':')
      write(entry, pieces)
      mark = ','
    }
    pieces.push(mark === '{' ? '{}' : '}')
  }
}
