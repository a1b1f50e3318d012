import type { Places } from './places.ts'
import { TextFault } from './rule-text.ts'

export type Table = Map<string, object>
type Named = 'attributes' | 'schedules' | 'definitions'

/** What the sections say, until it is JSON. */
export class SetInWords {
  readonly rules: object[] = []
  readonly tables: object[] = []
  readonly defaults: Table = new Map()
  readonly own: Table = new Map()
  readonly wards: Map<string, Table> = new Map()
  readonly patients: Map<string, Table> = new Map()
  readonly #named: { readonly [N in Named]: Map<string, unknown> } = {
    attributes: new Map(),
    schedules: new Map(),
    definitions: new Map(),
  }
  readonly #validFor = new Map<string, string>()
  /** Where the names of a table stand. */
  readonly #at: Record<string, Record<string, number>> = {}
  readonly #places: Places

  constructor(places: Places) {
    this.#places = places
  }

  valid(signal: string, duration: string, offset: number): void {
    if (this.#validFor.has(signal)) throw new TextFault(offset, 'how long this signal is valid is said already')
    this.#validFor.set(signal, duration)
    this.#note('validFor', signal, offset)
  }

  /** Notes what a name stands for. */
  name(kind: Named, name: string, value: unknown, offset: number): void {
    if (this.#named[kind].has(name)) {
      throw new TextFault(offset, `this name is one of the ${kind} already`)
    }
    this.#named[kind].set(name, value)
    this.#note(kind, name, offset)
  }

  toJSON(): object {
    const tables = (of: ReadonlyMap<string, Table>) =>
      Object.fromEntries([...of].map(([who, table]) => [who, Object.fromEntries(table)]))
    const hasLimits = this.defaults.size + this.own.size + this.wards.size + this.patients.size > 0
    const limits = {
      default: Object.fromEntries(this.defaults),
      ...(this.own.size > 0 && { own: Object.fromEntries(this.own) }),
      ...(this.wards.size > 0 && { wards: tables(this.wards) }),
      ...(this.patients.size > 0 && { patients: tables(this.patients) }),
    }
    const { attributes, schedules, definitions } = this.#named
    const json = {
      format: 2,
      rules: this.rules,
      ...(hasLimits && { limits }),
      validFor: this.#placed('validFor', this.#validFor),
      ...(attributes.size > 0 && { attributes: this.#placed('attributes', attributes) }),
      ...(schedules.size > 0 && { schedules: this.#placed('schedules', schedules) }),
      ...(this.tables.length > 0 && { tables: this.tables }),
      ...(definitions.size > 0 && { definitions: this.#placed('definitions', definitions) }),
    }
    return this.#places.note(json, 0)
  }

  #placed(table: string, entries: ReadonlyMap<string, unknown>): object {
    return this.#places.note(Object.fromEntries(entries), 0, this.#at[table])
  }

  #note(table: string, name: string, offset: number): void {
    const places = this.#at[table] ?? {}
    places[name] = offset
    this.#at[table] = places
  }
}
