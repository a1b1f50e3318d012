import { describe, expect, it } from 'vitest'
import { jsonTemplate, template } from './template.ts'

interface Alarm {
  readonly level: string
  readonly bed: number | null
  readonly name: string
}

const alarm: Alarm = { level: 'red', bed: 7, name: 'A. Person' }

describe('a template', () => {
  it('lets out the fields that it names, and nothing else', () => {
    const page = template<Alarm>('{level} alarm, bed {bed} {{{level}}}', { fields: ['level', 'bed'] })
    expect(page.render(alarm)).toBe('red alarm, bed 7 {red}')
    expect(jsonTemplate<Alarm>(['bed', 'level']).render(alarm)).toBe('{"bed":7,"level":"red"}')
  })

  it('renders what a field holds as it stands, also braces', () => {
    const page = template<Alarm>('{level}', { fields: ['level'] })
    expect(page.render({ ...alarm, level: '{name} $& {{' })).toBe('{name} $& {{')
  })

  it.each([
    ['{level} {name}', ['level'], "fields does not name 'name'"],
    ['{level}', ['level', 'name'], "fields names 'name', which the text does not"],
    ['{level', ['level'], 'a brace at 0 that is no field'],
    ['{ level }', ['level'], 'a brace at 0'],
    ['level}', [], 'a brace at 5'],
    [' ', [], 'is empty'],
  ] as const)('refuses %s with %j', (text, fields, message) => {
    const make = () => template<Alarm>(text, { fields })
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })

  it('refuses a record without a field, unless something stands for it, and never shows a value', () => {
    const page = template<Alarm>('bed {bed}', { fields: ['bed'] })
    const render = (bed: unknown) => () => page.render({ ...alarm, bed } as Alarm)
    expect(render(null)).toThrow("a record has no 'bed'")
    expect(render(Number.NaN)).toThrow("the 'bed' of a record is not a finite number")
    expect(render({ secret: 1 })).toThrow("the 'bed' of a record is of type object")
    expect(render(null)).toThrow(expect.objectContaining({ code: 'FORMAT_ENCODE_FAILED' }))
    const lenient = template<Alarm>('bed {bed}', { fields: ['bed'], missing: 'unknown' })
    expect(lenient.render({ ...alarm, bed: null })).toBe('bed unknown')
    const inherited = template<{ toString: string }>('{toString}', { fields: ['toString'] })
    expect(() => inherited.render({} as never)).toThrow("a record has no 'toString'")
  })

  it('refuses no fields, and one twice', () => {
    expect(() => jsonTemplate<Alarm>([])).toThrow('fields names no field')
    expect(() => jsonTemplate<Alarm>(['bed', 'bed'])).toThrow('one of them twice')
  })
})
