import type { Type } from 'avsc'
import type { ParseAvro } from './avro-schema.ts'
import { avroReader, type ReadAvro } from './avro-value.ts'
import { Undecodable } from './message-format.ts'
import type { RegisteredSchema, SchemaReference, SchemaRegistry } from './schema-registry.ts'

/** How long an id that the registry does not know is not asked for again, so that a flood of them is no flood there. */
const UNKNOWN_MS = 10_000

/**
 * Readers by the id of the writer's schema. What the registry says of an id never changes, so it is asked once; only that
 * it does not know an id may be news tomorrow.
 */
export class RegisteredReaders<T> {
  readonly #registry: SchemaRegistry
  readonly #parse: ParseAvro
  readonly #type: Type | undefined
  /** A promise while the registry is asked, so that it is asked once. */
  readonly #readers = new Map<number, ReadAvro<T> | Promise<ReadAvro<T>>>()
  readonly #unknownUntil = new Map<number, number>()

  /** Readers give values of `type` where there is one, else of the writer's. */
  constructor(registry: SchemaRegistry, parse: ParseAvro, type: Type | undefined) {
    this.#registry = registry
    this.#parse = parse
    this.#type = type
  }

  get(id: number): ReadAvro<T> | Promise<ReadAvro<T>> {
    const known = this.#readers.get(id)
    if (known !== undefined) return known
    if (id < 0 || (this.#unknownUntil.get(id) ?? 0) > Date.now()) return unknown(id)
    const asked = this.#ask(id)
    this.#readers.set(id, asked)
    return asked
  }

  async #ask(id: number): Promise<ReadAvro<T>> {
    try {
      const found = await this.#registry.schemaById(id)
      if (found === undefined) {
        this.#readers.delete(id)
        this.#unknownUntil.set(id, Date.now() + UNKNOWN_MS)
        return unknown(id)
      }
      const reader = await this.#readerOf(id, found)
      this.#readers.set(id, reader)
      this.#unknownUntil.delete(id)
      return reader
    } catch (error) {
      // The next message asks again.
      this.#readers.delete(id)
      throw error
    }
  }

  async #readerOf(id: number, found: RegisteredSchema): Promise<ReadAvro<T>> {
    if (found.schemaType !== 'AVRO') return refusing('avro-schema-invalid', `schema ${id} is ${found.schemaType}`)
    const schemas = [...(await this.#referred(found.references, new Set())), found.schema]
    let writer: Type | undefined
    try {
      const named = {}
      for (const schema of schemas) writer = this.#parse(schema, named)
    } catch (error) {
      return refusing('avro-schema-invalid', `schema ${id} is none that avsc can parse: ${why(error)}`)
    }
    return this.#resolve(id, writer as Type)
  }

  #resolve(id: number, writer: Type): ReadAvro<T> {
    const type = this.#type ?? writer
    // Confluent's serializers write the schema "bytes" as the bytes alone.
    if (writer.typeName === 'bytes' && type.typeName === 'bytes') return (bytes, from) => bytes.subarray(from) as T
    try {
      return avroReader<T>(writer, type)
    } catch (error) {
      return refusing('avro-schema-incompatible', `schema ${id} cannot be read as the schema given: ${why(error)}`)
    }
  }

  /** The schemas behind references, each before those that use it, and once. */
  async #referred(references: readonly SchemaReference[], seen: Set<string>): Promise<string[]> {
    const schemas: string[] = []
    for (const reference of references) {
      const key = JSON.stringify([reference.subject, reference.version])
      if (seen.has(key)) continue
      seen.add(key)
      const found = await this.#registry.schemaByVersion(reference)
      // Without it, parsing says which name is not known.
      if (found !== undefined) schemas.push(...(await this.#referred(found.references, seen)), found.schema)
    }
    return schemas
  }
}

function unknown(id: number): () => Undecodable {
  return refusing('avro-schema-unknown', `the schema registry knows no schema ${id}`)
}

function refusing(code: string, reason: string): () => Undecodable {
  const undecodable = new Undecodable(code, reason)
  return () => undecodable
}

/** Of schemas, which are no data; but of these as little as tells them apart. */
function why(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'refused'
}
