import type { Type } from 'avsc'
import { MillraceConnectorError } from '../errors.ts'
import type { ConfluentAvroOptions } from './avro-options.ts'
import { avroParser, loadAvsc, type ParseAvro, parseOption, schemaText } from './avro-schema.ts'
import { avroWriter, type WriteAvro } from './avro-value.ts'
import { type Decoded, type MessageCodec, type MessageFormat, Undecodable } from './message-format.ts'
import { tooLong } from './message-text.ts'
import { RegisteredReaders } from './registered-readers.ts'
import { rowLimit } from './row-limit.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { parseRegistryOptions } from './schema-registry-options.ts'

/**
 * Avro with a schema registry, as Confluent's serializers write it: a byte 0, the id of the writer's schema in four bytes
 * (big-endian), the value in Avro's binary encoding. Needs `avsc`.
 *
 * ```
 *   00 | 00 00 00 2a | 36 06 66 6f 6f          where the schema is "bytes" alone, its bytes follow without their count
 * ```
 *
 * Decoding asks the registry once for each id, and for the schemas that it refers to; what it says is kept as long as the
 * reader. A message becomes a value of `schema` where that is given (by Avro's rules of resolution), else of its
 * writer's. While the registry cannot be reached, decoding fails and rejects nothing: a good message stays good.
 *
 * Encoding asks once a topic for the id of `schema` under its subject, and registers it where `autoRegister` says so.
 *
 * Rejects: those of `avro()`, and `avro-schema-unknown` (the registry knows no such id), `avro-schema-invalid` (not Avro, or
 * nothing that avsc can parse), `avro-schema-incompatible` (`schema` cannot read it).
 *
 * @throws CONNECTOR_OPTION_INVALID when an option is out of range; at `openCodec`, when the schema is none. Decoding and
 *   encoding: FORMAT_REGISTRY_UNREACHABLE, FORMAT_REGISTRY_REFUSED; encoding: FORMAT_SCHEMA_REFUSED.
 */
export function confluentAvro<T = unknown>(options: ConfluentAvroOptions): MessageFormat<T> {
  const maxBytes = rowLimit(options.maxRowBytes)
  const registryOptions = parseRegistryOptions(options.registry)
  return {
    name: 'confluent-avro',
    openCodec: async ({ signal }) => {
      const parse = avroParser(await loadAvsc(), options)
      return new ConfluentAvroCodec<T>(options, parse, new SchemaRegistry(registryOptions, signal), maxBytes)
    },
  }
}

const MAGIC = 0
const HEADER_BYTES = 5

class ConfluentAvroCodec<T> implements MessageCodec<T> {
  readonly #options: ConfluentAvroOptions
  readonly #registry: SchemaRegistry
  readonly #maxBytes: number
  readonly #readers: RegisteredReaders<T>
  readonly #write: WriteAvro<T> | undefined
  /** By topic; a promise while the registry is asked. */
  readonly #ids = new Map<string, number | Promise<number>>()

  constructor(options: ConfluentAvroOptions, parse: ParseAvro, registry: SchemaRegistry, maxBytes: number) {
    const type = options.schema === undefined ? undefined : parseOption(parse, 'schema', options.schema)
    this.#options = options
    this.#registry = registry
    this.#maxBytes = maxBytes
    this.#readers = new RegisteredReaders(registry, parse, type)
    this.#write = type === undefined ? undefined : writerOf<T>(type)
  }

  decode(bytes: Buffer): Decoded<T> | Promise<Decoded<T>> {
    if (bytes.length > this.#maxBytes) return tooLong(bytes, this.#maxBytes)
    if (bytes.length < HEADER_BYTES || bytes[0] !== MAGIC) {
      return new Undecodable('avro-invalid', '(value): does not begin with a byte 0 and the id of a schema')
    }
    const reader = this.#readers.get(bytes.readInt32BE(1))
    if (reader instanceof Promise) return reader.then((read) => read(bytes, HEADER_BYTES))
    return reader(bytes, HEADER_BYTES)
  }

  encode(value: T, topic: string): Buffer | Promise<Buffer> {
    const known = this.#ids.get(topic)
    if (typeof known === 'number') return this.#encode(value, known)
    return (known ?? this.#ask(topic)).then((id) => this.#encode(value, id))
  }

  #encode(value: T, id: number): Buffer {
    const bytes = (this.#write as WriteAvro<T>)(value, HEADER_BYTES)
    bytes[0] = MAGIC
    bytes.writeInt32BE(id, 1)
    return bytes
  }

  #ask(topic: string): Promise<number> {
    const { schema, subject = `${topic}-value`, autoRegister = true } = this.#options
    if (schema === undefined) {
      throw new MillraceConnectorError('CONNECTOR_OPTION_INVALID', 'schema is not given, and encoding needs it')
    }
    const name = typeof subject === 'string' ? subject : subject(topic)
    const text = schemaText(schema)
    const asked = autoRegister ? this.#registry.register(name, text) : this.#registry.lookUp(name, text)
    this.#ids.set(topic, asked)
    asked.then(
      (id) => this.#ids.set(topic, id),
      () => this.#ids.delete(topic),
    )
    return asked
  }
}

/** Confluent's serializers write the schema "bytes" as the bytes alone. */
function writerOf<T>(type: Type): WriteAvro<T> {
  const write = avroWriter<T>(type)
  if (type.typeName !== 'bytes') return write
  return (value, from) => {
    // What is no Buffer is refused there.
    if (!Buffer.isBuffer(value)) return write(value, from)
    const bytes = Buffer.allocUnsafe(from + value.length)
    value.copy(bytes, from)
    return bytes
  }
}
