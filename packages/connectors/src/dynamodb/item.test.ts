import { describe, expect, it } from 'vitest'
import { checkedItemBytes } from './item.ts'
import { keyAttributes, keyText } from './item-key.ts'
import { dynamoDbSink } from './sink.ts'

describe('checkedItemBytes', () => {
  it('counts names, texts as UTF-8, numbers by digits, and what is in lists and maps', () => {
    expect(checkedItemBytes({ a: 'xy' })).toBe(3 + 1 + 1 + 2)
    expect(checkedItemBytes({ é: 'é' })).toBe(3 + 2 + 1 + 2)
    expect(checkedItemBytes({ n: 12_345 })).toBe(3 + 2 + 4)
    expect(checkedItemBytes({ a: undefined, b: null })).toBe(3 + 2 + 1)
    expect(checkedItemBytes({ l: [true, new Uint8Array(5)] })).toBe(3 + 2 + 3 + 2 + 6)
  })

  it.each([
    [{ a: Number.NaN }, 'field a of an item is NaN or infinite'],
    [{ a: { b: [1, Number.POSITIVE_INFINITY] } }, 'field a.b[1] of an item is NaN or infinite'],
    [{ a: 2 ** 60 }, 'does not hold exactly'],
    [{ a: 1e-200 }, 'does not hold exactly'],
    [{ a: new Date(0) }, 'field a of an item is a Date'],
    [{ a: () => 1 }, 'field a of an item is function'],
    [{ a: new Set() }, 'is an empty set'],
    [{ a: 'Ada'.repeat(200_000) }, 'an item has about 600005 bytes'],
    [[1], 'an item is no object'],
  ])('refuses what no item holds, by its path (%#)', (item, message) => {
    const check = () => checkedItemBytes(item as never)
    expect(check).toThrow(expect.objectContaining({ code: 'DYNAMODB_ITEM_INVALID' }))
    expect(check).toThrow(message)
    expect(check).not.toThrow('Ada')
  })
})

describe('keys', () => {
  it('are told apart by type, and are equal for equal bytes', () => {
    const texts = [{ id: '1' }, { id: 1 }, { id: new Uint8Array([1]) }].map((item) => keyText(['id'], item))
    expect(new Set(texts).size).toBe(3)
    expect(keyText(['id'], { id: Buffer.from([1]) })).toBe(texts[2])
    expect(keyText(['a', 'b'], { a: 'x', b: 'y' })).not.toBe(keyText(['a', 'b'], { a: 'xy', b: '' }))
  })

  it.each([
    [['id'], ['Ada', 1], "gave 2 values for a record, and the table's key has 1: id"],
    [['id', 'at'], 'Ada', 'gave 1 values'],
    [['id'], '', 'gave string for id'],
    [['id'], Number.NaN, 'gave number for id'],
    [['id'], undefined, 'gave undefined for id'],
  ])('are refused where they are none of the table (%#)', (names, key, message) => {
    const make = () => keyAttributes(names as never, key as never)
    expect(make).toThrow(message)
    expect(make).not.toThrow('Ada')
  })
})

describe('dynamoDbSink', () => {
  it.each([
    [{ table: 'no table' }, "table is 'no table'"],
    [{ key: 'id' }, 'key is no function'],
    [{ newestBy: (): number => 1, remove: () => true }, 'remove is given beside newestBy'],
    [{ batch: { entries: 26 } }, 'batch.entries is 26'],
    [{ newestBy: (): number => 1, batch: { entries: 2 } }, 'batch.entries is 2'],
    [{ newest: () => 1 }, 'newest is no option'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const make = () => dynamoDbSink({ table: 'latest', key: () => 'a', ...(options as object) } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })
})
