/** What a table has under a name of its own: ids that come from outside may be called as what every object has. */
export function ownOf<T>(table: Readonly<Record<string, T>> | undefined, name: string | undefined): T | undefined {
  return table !== undefined && name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}
