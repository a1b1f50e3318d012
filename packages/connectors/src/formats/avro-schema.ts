import type { Type } from 'avsc'
import { MillraceConnectorError } from '../errors.ts'
import type { AvroSchema, AvroTypeOptions } from './avro-options.ts'
import { exactPrimitives } from './avro-primitives.ts'

export type Avsc = typeof import('avsc')

/** Makes avsc's type of a schema; `named` holds those of schemas that it refers to, and is added to. */
export type ParseAvro = (schema: AvroSchema, named?: Record<string, Type>) => Type

/**
 * Loads the optional peer.
 *
 * @throws CONNECTOR_PEER_MISSING
 */
export async function loadAvsc(load: () => Promise<{ default: Avsc }> = () => import('avsc')): Promise<Avsc> {
  try {
    return (await load()).default
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "Avro needs 'avsc'", { cause })
  }
}

/** How schemas are parsed under these options. It throws what avsc throws where a schema is none. */
export function avroParser(avsc: Avsc, options: AvroTypeOptions): ParseAvro {
  const primitives = exactPrimitives(avsc, options.longs ?? 'number')
  const { typeHook, registry, logicalTypes, ...rest } = options.avsc ?? {}
  return (schema, named = {}) => {
    const hook = (node: unknown, passed: object): unknown => {
      const own: unknown = typeof typeHook === 'function' ? typeHook(node, passed) : undefined
      return own ?? primitives[primitiveOf(node, logicalTypes)]
    }
    return avsc.Type.forSchema(schemaOf(schema) as never, {
      // Records without methods of their own: a field may have any name, and a record is what it holds.
      omitRecordMethods: true,
      ...rest,
      ...(logicalTypes === undefined ? {} : { logicalTypes: logicalTypes as never }),
      typeHook: hook as never,
      registry: Object.assign(named, registry) as never,
    })
  }
}

/**
 * The same for a schema that the caller wrote.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function parseOption(parse: ParseAvro, name: string, schema: AvroSchema): Type {
  try {
    return parse(schema)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'refused'
    throw new MillraceConnectorError('CONNECTOR_OPTION_INVALID', `${name} is no Avro schema: ${why}`, { cause })
  }
}

/** The JSON of a schema, as it was written where it is text. */
export function schemaText(schema: AvroSchema): string {
  return typeof schema === 'string' && !isName(schema) ? schema : JSON.stringify(schema)
}

function schemaOf(schema: AvroSchema): unknown {
  return typeof schema === 'string' && !isName(schema) ? JSON.parse(schema) : schema
}

/** `string` is a name, `"string"` is JSON. */
function isName(schema: string): boolean {
  return /^[\w.]+$/.test(schema)
}

/** The primitive that a schema is, where no logical type takes it. */
function primitiveOf(schema: unknown, logicalTypes: unknown): string {
  if (typeof schema === 'string') return schema
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return ''
  const { type } = schema
  const logical = 'logicalType' in schema ? schema.logicalType : undefined
  if (typeof logical === 'string' && logicalTypes !== undefined && Object.hasOwn(logicalTypes as object, logical))
    return ''
  return typeof type === 'string' ? type : ''
}
