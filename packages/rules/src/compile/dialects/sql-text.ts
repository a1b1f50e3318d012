/** A name in SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text in SQL. */
export function sqlText(text: string): string {
  // A statement ends at the character 0.
  return text
    .split('\0')
    .map((part) => `'${part.replaceAll("'", "''")}'`)
    .join(' || chr(0) || ')
}

/** A finite number in SQL, as DOUBLE: without an exponent it would be a DECIMAL, and count in decimals. */
export function sqlNumber(value: number): string {
  const text = String(value)
  const double = text.includes('e') ? text : `${text}e0`
  return value < 0 ? `(${double})` : double
}

export const NAN = "'nan'::double"
export const INFINITE = "'inf'::double"

/** NULL where the value is not finite. */
export function finiteSql(value: string): string {
  return `nullif(nullif(nullif(${value}, ${INFINITE}), '-inf'::double), ${NAN})`
}
