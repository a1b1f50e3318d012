/** A shard as the service lists it. */
export interface ListedShard {
  readonly id: string
  /** One after a split, two after a merge; those that are listed no more too. */
  readonly parents: readonly string[]
  readonly isOpen: boolean
}

/**
 * Those that a job reads which has begun in `known` shards: all but what was before them.
 *
 * ```
 *   0 ─┬─ 1 ─── 3 ─┬─ 5       known: 3, 4     read: 3, 4, 5 and later ones; never 0, 1, 2, which were closed
 *      └─ 2 ─── 4 ─┘                          before the job began
 * ```
 */
export function shardsToRead<S extends ListedShard>(listed: readonly S[], known: ReadonlySet<string>): readonly S[] {
  const parentsOf = new Map(listed.map(({ id, parents }) => [id, parents]))
  const before = new Set<string>()
  const pending = [...known]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const parent of parentsOf.get(id) ?? []) {
      if (before.has(parent)) continue
      before.add(parent)
      pending.push(parent)
    }
  }
  return listed.filter(({ id }) => known.has(id) || !before.has(id))
}
