// No type of avsc stands here: whoever has not installed it can compile against the formats.
import type { SchemaRegistryOptions } from './schema-registry-options.ts'

/** An Avro schema: JSON as text or parsed. Names that it uses are defined in it. */
export type AvroSchema = string | readonly unknown[] | { readonly [key: string]: unknown }

export interface AvroTypeOptions {
  /**
   * What a `long` becomes. As a `number` it keeps its digits up to 2^53 - 1; a message with a longer one is a reject
   * (`avro-long-unsafe`). `bigint` takes all 64 bits, and only bigints are then written as longs. Default `number`.
   */
  readonly longs?: 'number' | 'bigint'
  /**
   * Passed on to avsc's `Type.forSchema` as they are: `logicalTypes`, `wrapUnions`, `typeHook` ... Without `logicalTypes`
   * a logical type is read as the type beneath it: `timestamp-millis` as a number, `decimal` as a Buffer.
   */
  readonly avsc?: Readonly<Record<string, unknown>>
}

export interface AvroOptions extends AvroTypeOptions {
  /** What values are: the schema to read as, and to write by. */
  readonly schema: AvroSchema
  /** The schema that messages were written by, where it is another. Default `schema`. */
  readonly writerSchema?: AvroSchema
  /** A message with more bytes becomes a reject. Default 1,048,576. */
  readonly maxRowBytes?: number
}

export interface ConfluentAvroOptions extends AvroTypeOptions {
  readonly registry: SchemaRegistryOptions
  /** The schema to read as, and to write by. Without it, messages are read as they were written, and none is written. */
  readonly schema?: AvroSchema
  /** Where the registry files the schema that is written by. Default `<topic>-value`. */
  readonly subject?: string | ((topic: string) => string)
  /** Whether a schema that is no version of its subject is made one. Where not, writing fails. Default true. */
  readonly autoRegister?: boolean
  /** A message with more bytes becomes a reject. Default 1,048,576. */
  readonly maxRowBytes?: number
}
