/** Where each object of the parsed JSON, and each of its fields, stands in the text. */
export class Places {
  readonly #places: Map<object, Readonly<Record<string, number>>> = new Map()

  /** Notes where the object begins, and where its fields do if elsewhere. */
  note<T extends object>(object: T, offset: number, fields: Readonly<Record<string, number>> = {}): T {
    this.#places.set(object, { ...fields, '': offset })
    return object
  }

  of(object: object, field: string): number | undefined {
    const places = this.#places.get(object)
    return places !== undefined && Object.hasOwn(places, field) ? places[field] : undefined
  }
}
