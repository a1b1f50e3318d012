/**
 * Formats: bytes, lines and messages <-> values, shared by the connectors.
 *
 * - Decoding depends on the bytes alone, never on how they were cut: the same records, rejects and positions each time.
 * - Every row that is not blank becomes a value or a reject (position, code, reason; the raw text in the reject alone).
 * - One poison row costs itself: the rows around it are decoded.
 * - A message is a value or the reason why it is none; while a schema registry is down it is neither, and decoding fails.
 * - Memory: the row under way, at most `maxRowBytes`; the schemas of a registry, as long as their reader.
 */
export type { RetryOptions } from '../calls/retrying.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { avro } from './avro.ts'
export type { AvroOptions, AvroSchema, AvroTypeOptions, ConfluentAvroOptions } from './avro-options.ts'
export { bytes } from './bytes.ts'
export { confluentAvro } from './confluent-avro.ts'
export { csv } from './csv.ts'
export type { CsvOptions } from './csv-options.ts'
export type { DecodedRows, Decoder, DecoderContext, DecoderPosition, Format, LineFormat } from './format.ts'
export { withRaw } from './format.ts'
export { type JsonOptions, json } from './json.ts'
export type { CodecContext, Decoded, MessageCodec, MessageFormat } from './message-format.ts'
export { Undecodable } from './message-format.ts'
export type { Schema } from './schema.ts'
export type { RegistryAuth, SchemaRegistryOptions } from './schema-registry-options.ts'
export { jsonTemplate, type Template, type TemplateOptions, template } from './template.ts'
export { type TextOptions, text } from './text.ts'
