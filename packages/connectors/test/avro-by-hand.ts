/** A schema of the tests: every kind of type that Avro has, references by name apart. */
export type HandSchema =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'bytes'
  | 'string'
  | readonly HandSchema[]
  | { readonly type: 'array'; readonly items: HandSchema }
  | { readonly type: 'map'; readonly values: HandSchema }
  | { readonly type: 'fixed'; readonly name: string; readonly size: number }
  | { readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | {
      readonly type: 'record'
      readonly name: string
      readonly fields: readonly { readonly name: string; readonly type: HandSchema }[]
    }

/**
 * Avro's binary encoding, word by word from its specification and from nothing else. A union's value is bare where it
 * has one branch beside null, else an object with its branch's name.
 */
export function encodeByHand(schema: HandSchema, value: unknown): Buffer {
  if (typeof schema === 'string') return encodePrimitive(schema, value)
  if ('length' in schema) return encodeUnion(schema, value)
  switch (schema.type) {
    case 'array': {
      const items = value as readonly unknown[]
      return blocks(items.map((item) => encodeByHand(schema.items, item)))
    }
    case 'map': {
      const entries = Object.entries(value as object)
      return blocks(
        entries.map(([key, of]) => Buffer.concat([encodePrimitive('string', key), encodeByHand(schema.values, of)])),
      )
    }
    case 'fixed':
      return value as Buffer
    case 'enum':
      return zigZag(BigInt(schema.symbols.indexOf(value as string)))
    case 'record': {
      const record = value as Readonly<Record<string, unknown>>
      return Buffer.concat(schema.fields.map((field) => encodeByHand(field.type, record[field.name])))
    }
  }
}

/** A whole number of either type: zig-zag, then seven bits a byte from the lowest, the high bit where more follow. */
export function zigZag(value: bigint): Buffer {
  let rest = value < 0n ? -value * 2n - 1n : value * 2n
  const bytes: number[] = []
  while (rest >= 128n) {
    bytes.push(Number(rest % 128n) + 128)
    rest /= 128n
  }
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

function encodePrimitive(type: string, value: unknown): Buffer {
  const view = new DataView(new ArrayBuffer(8))
  switch (type) {
    case 'null':
      return Buffer.alloc(0)
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0])
    case 'float':
      view.setFloat32(0, value as number, true)
      return Buffer.from(view.buffer, 0, 4)
    case 'double':
      view.setFloat64(0, value as number, true)
      return Buffer.from(view.buffer)
    case 'bytes':
      return Buffer.concat([zigZag(BigInt((value as Buffer).length)), value as Buffer])
    case 'string': {
      const text = Buffer.from(value as string, 'utf8')
      return Buffer.concat([zigZag(BigInt(text.length)), text])
    }
    default:
      return zigZag(BigInt(value as number | bigint))
  }
}

function encodeUnion(branches: readonly HandSchema[], value: unknown): Buffer {
  if (value === null) return zigZag(BigInt(branches.indexOf('null')))
  if (branches.length === 2 && branches.includes('null')) {
    const index = branches[0] === 'null' ? 1 : 0
    return Buffer.concat([zigZag(BigInt(index)), encodeByHand(branches[index] as HandSchema, value)])
  }
  const [[name, inner] = []] = Object.entries(value as object)
  const index = branches.findIndex((branch) => nameOf(branch) === name)
  return Buffer.concat([zigZag(BigInt(index)), encodeByHand(branches[index] as HandSchema, inner)])
}

function nameOf(schema: HandSchema): string | undefined {
  if (typeof schema === 'string') return schema
  if ('length' in schema) return undefined
  return 'name' in schema ? schema.name : schema.type
}

/** One block of all items, and the empty block that ends them. */
function blocks(items: readonly Buffer[]): Buffer {
  const count = items.length === 0 ? [] : [zigZag(BigInt(items.length))]
  return Buffer.concat([...count, ...items, Buffer.from([0])])
}
