import type { Type } from 'avsc'
import { MillraceConnectorError } from '../errors.ts'
import type { AvroOptions } from './avro-options.ts'
import { avroParser, loadAvsc, parseOption } from './avro-schema.ts'
import { avroReader, avroWriter, type ReadAvro } from './avro-value.ts'
import type { MessageFormat } from './message-format.ts'
import { tooLong } from './message-text.ts'
import { rowLimit } from './row-limit.ts'

/**
 * One value in Avro's binary encoding a message, without any header: the schema is known to both sides. Needs `avsc`.
 *
 * Where `writerSchema` is given, messages are read by it and become values of `schema` by Avro's rules of resolution
 * (fields by name or alias, defaults, wider numbers); encoding goes by `schema`.
 *
 * Rejects: `avro-invalid` (cut off, bytes left over, no such branch or symbol ...), `avro-long-unsafe`, `utf8-invalid`,
 * `message-too-long`. Records are objects of a class of their own, with the schema's fields; `bytes` and `fixed` are
 * Buffers; a union's value is bare, or an object with its branch's name where two branches look alike.
 *
 * @throws CONNECTOR_OPTION_INVALID when the limit is out of range; at `openCodec`, when a schema is none, or when the
 *   writer's cannot be read as the other.
 */
export function avro<T = unknown>(options: AvroOptions): MessageFormat<T> {
  const maxBytes = rowLimit(options.maxRowBytes)
  return {
    name: 'avro',
    openCodec: async () => {
      const parse = avroParser(await loadAvsc(), options)
      const type = parseOption(parse, 'schema', options.schema)
      const writer =
        options.writerSchema === undefined ? type : parseOption(parse, 'writerSchema', options.writerSchema)
      const read = readerOf<T>(writer, type)
      const write = avroWriter<T>(type)
      return {
        decode: (bytes) => (bytes.length > maxBytes ? tooLong(bytes, maxBytes) : read(bytes, 0)),
        encode: (value) => write(value, 0),
      }
    },
  }
}

function readerOf<T>(writer: Type, type: Type): ReadAvro<T> {
  try {
    return avroReader(writer, type)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'refused'
    throw new MillraceConnectorError('CONNECTOR_OPTION_INVALID', `writerSchema does not fit schema: ${why}`, { cause })
  }
}
