import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeByHand, type HandSchema } from '../../test/avro-by-hand.ts'
import { avro } from './avro.ts'
import { Undecodable } from './message-format.ts'

// Finds: a value that is not written as the specification says, or not read back; bytes on which decoding throws, hangs
// or gives something that could not have been written. Does not find: references by name, resolution between schemas.
const runs = Math.max(1, Math.round(Number(process.env.MILLRACE_CASES ?? 1_000) / 2))
const { signal } = new AbortController()

interface Sample {
  readonly schema: HandSchema
  readonly value: fc.Arbitrary<unknown>
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)
const text = fc.string({ unit: 'binary', maxLength: 90 })
const buffer = (size: fc.SizeForArbitrary | number): fc.Arbitrary<Buffer> =>
  fc
    .uint8Array(typeof size === 'number' ? { minLength: size, maxLength: size } : { maxLength: 40 })
    .map((bytes) => Buffer.from(bytes))
const primitives: readonly Sample[] = [
  { schema: 'boolean', value: fc.boolean() },
  { schema: 'int', value: fc.integer() },
  { schema: 'long', value: fc.maxSafeInteger() },
  { schema: 'float', value: fc.float() },
  { schema: 'double', value: fc.double() },
  { schema: 'bytes', value: buffer('small') },
  { schema: 'string', value: text },
]

/** Names of types are told apart by the place at which they are made. */
function sample(depth: number, place: string): fc.Arbitrary<Sample> {
  const leaf = fc.oneof(
    fc.constantFrom(...primitives),
    fc.integer({ min: 0, max: 9 }).map(
      (size): Sample => ({
        schema: { type: 'fixed', name: `F${place}`, size },
        value: buffer(size),
      }),
    ),
    fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).map(
      (symbols): Sample => ({
        schema: { type: 'enum', name: `E${place}`, symbols },
        value: fc.constantFrom(...symbols),
      }),
    ),
    fc.constant<Sample>({
      schema: ['int', 'null', 'double'],
      value: fc.oneof(
        fc.constant(null),
        fc.record({ int: fc.integer() }, { noNullPrototype: true }),
        fc.record({ double: fc.double() }, { noNullPrototype: true }),
      ),
    }),
  )
  if (depth === 0) return leaf
  const inner = sample(depth - 1, `${place}_`)
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    inner.map(
      ({ schema, value }): Sample => ({
        schema: { type: 'array', items: schema },
        value: fc.array(value, { maxLength: 5 }),
      }),
    ),
    inner.map(
      ({ schema, value }): Sample => ({
        schema: { type: 'map', values: schema },
        value: fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          value,
          { maxKeys: 5, noNullPrototype: true },
        ),
      }),
    ),
    inner
      .filter(({ schema }) => typeof schema === 'string' || !('length' in schema))
      .map(({ schema, value }): Sample => ({ schema: ['null', schema], value: fc.option(value, { nil: null }) })),
    fc
      .uniqueArray(name, { minLength: 1, maxLength: 4 })
      .chain((names) =>
        fc.tuple(...names.map((field, i) => sample(depth - 1, `${place}${i}`).map((of) => [field, of] as const))),
      )
      .map(
        (fields): Sample => ({
          schema: {
            type: 'record',
            name: `R${place}`,
            fields: fields.map(([field, of]) => ({ name: field, type: of.schema })),
          },
          value: fc.record(Object.fromEntries(fields.map(([field, of]) => [field, of.value])), {
            noNullPrototype: true,
          }),
        }),
      ),
  )
}

const samples = sample(2, 'x').chain(({ schema, value }) => value.map((of) => ({ schema, value: of })))
const open = async (schema: HandSchema) => avro<unknown>({ schema: JSON.stringify(schema) }).openCodec({ signal })

it('writes any value as the specification says, and reads it back', async () => {
  await fc.assert(
    fc.asyncProperty(samples, async ({ schema, value }) => {
      const codec = await open(schema)
      const bytes = encodeByHand(schema, value)
      expect(codec.encode(value, 'topic')).toEqual(bytes)
      expect(codec.decode(bytes)).toEqual(value)
    }),
    { numRuns: runs },
  )
})

it('reads any bytes as a value that could have been written, or says why not', async () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), length: fc.nat(3) })
  await fc.assert(
    fc.asyncProperty(samples, fc.array(damage, { minLength: 1, maxLength: 4 }), async ({ schema, value }, all) => {
      const codec = await open(schema)
      let bytes = encodeByHand(schema, value)
      for (const { at, byte, length } of all) {
        const from = at % (bytes.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, from), Buffer.alloc(length, byte), bytes.subarray(from + 1)])
      }
      const decoded = codec.decode(bytes)
      if (decoded instanceof Undecodable) {
        expect(decoded.code).toMatch(/^(avro-invalid|avro-long-unsafe|utf8-invalid)$/)
        return
      }
      // The same value may have been in other blocks, but comes back the same.
      expect(codec.decode(codec.encode(decoded, 'topic') as Buffer)).toEqual(decoded)
    }),
    { numRuns: runs },
  )
})
