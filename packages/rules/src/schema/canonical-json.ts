/** JSON with the keys of every object in the order of their UTF-16 code units and no white space: equal data, equal text. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const entry of value) text += `${text === '' ? '' : ','}${canonicalJson(entry)}`
    return `[${text}]`
  }
  const object = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(object).sort()) {
    const entry = object[key]
    if (entry === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(entry)}`
  }
  return `{${text}}`
}
