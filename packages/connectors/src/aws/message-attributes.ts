import { invalidOption } from '../option-checks.ts'

/** As the SDK has it for SNS and for SQS. */
export interface AttributeValue {
  readonly DataType: string
  readonly StringValue?: string
  readonly BinaryValue?: Uint8Array
}

/**
 * What `attributes` gave for a record, in the service's words; what is `undefined` is left out. `lists` for SNS, `bytes` and at most ten for SQS.
 *
 * @throws CONNECTOR_OPTION_INVALID
 */
export function messageAttributes(
  attributes: Readonly<Record<string, unknown>>,
  takes: { readonly lists?: boolean; readonly bytes?: boolean; readonly atMost?: number },
): Record<string, AttributeValue> {
  const entries = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[checkedName(name), attributeOf(name, value, takes)] as const],
  )
  const { atMost = Number.POSITIVE_INFINITY } = takes
  if (entries.length > atMost) throw invalidOption('attributes', `gave ${entries.length}, and a message has ${atMost}`)
  return Object.fromEntries(entries)
}

/** As the service counts them: names, types and values. */
export function attributeBytes(attributes: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0
  for (const [name, { DataType, StringValue = '', BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + DataType.length + Buffer.byteLength(StringValue) + (BinaryValue?.length ?? 0)
  }
  return bytes
}

function checkedName(name: string): string {
  if (/^(?!.*\.\.)[A-Za-z0-9_-][\w.-]{0,254}[A-Za-z0-9_-]$|^[A-Za-z0-9_-]$/.test(name)) return name
  throw invalidOption('attributes', 'gave a name that is none: 1 to 256 of a-z, A-Z, 0-9, . _ -')
}

function attributeOf(
  name: string,
  value: unknown,
  { lists = false, bytes = false }: { readonly lists?: boolean; readonly bytes?: boolean },
): AttributeValue {
  if (typeof value === 'string' && value !== '') return { DataType: 'String', StringValue: value }
  if (typeof value === 'number' && Number.isFinite(value)) return { DataType: 'Number', StringValue: String(value) }
  if (typeof value === 'boolean') return { DataType: 'String', StringValue: String(value) }
  if (bytes && value instanceof Uint8Array && value.length > 0) return { DataType: 'Binary', BinaryValue: value }
  if (lists && Array.isArray(value) && value.every((each) => typeof each === 'string')) {
    return { DataType: 'String.Array', StringValue: JSON.stringify(value) }
  }
  const other = lists ? 'list of texts' : 'bytes'
  throw invalidOption('attributes', `gave for '${name}' what is no text, finite number, boolean or ${other}`)
}
