import { expect, it } from 'vitest'
import { foldersBetween, HOUR_MS, hourFolder, hourOf } from './hour-folder.ts'

it('names the hour of a time in UTC', () => {
  const hour = hourOf(Date.parse('2026-03-29T01:59:59.999Z'))
  expect(hourFolder('hive', hour)).toBe('year=2026/month=03/day=29/hour=01')
  expect(hourFolder('plain', hour)).toBe('2026/03/29/01')
  expect(hourFolder('plain', hourOf(-1))).toBe('1969/12/31/23')
  expect(hourFolder('plain', hourOf(Date.parse('0000-01-01T00:00:00Z')))).toBe('0000/01/01/00')
  expect(hourFolder('plain', hourOf(Date.parse('9999-12-31T23:59:59Z')))).toBe('9999/12/31/23')
})

it.each([Number.NEGATIVE_INFINITY, Number.NaN, Date.UTC(10_000, 0, 1), Date.parse('0000-01-01T00:00:00Z') - 1])(
  'has no hour for %d',
  (time) => {
    expect(() => hourOf(time)).toThrow(expect.objectContaining({ code: 'S3_TIME_INVALID' }))
  },
)

it('covers hours with the fewest folders', () => {
  const between = (from: string, to: string) => foldersBetween('plain', Date.parse(from), Date.parse(to))
  expect(between('2026-01-01T22:00Z', '2026-01-03T02:00Z')).toEqual([
    '2026/01/01/22',
    '2026/01/01/23',
    '2026/01/02',
    '2026/01/03/00',
    '2026/01/03/01',
  ])
  expect(between('2025-12-31T23:00Z', '2027-02-01T00:00Z')).toEqual(['2025/12/31/23', '2026', '2027/01'])
  expect(between('2024-02-29T00:00Z', '2024-03-01T00:00Z')).toEqual(['2024/02/29'])
})

it('covers every hour once, whatever the range', () => {
  for (let from = Date.UTC(2023, 11, 30); from < Date.UTC(2024, 0, 3); from += 13 * HOUR_MS) {
    for (let hours = 0; hours < 24 * 70; hours += 331) {
      const folders = foldersBetween('hive', from, from + hours * HOUR_MS)
      for (let at = -3; at < hours + 3; at++) {
        const hour = `${hourFolder('hive', from + at * HOUR_MS)}/`
        const holding = folders.filter((folder) => hour.startsWith(`${folder}/`))
        expect(holding).toHaveLength(at >= 0 && at < hours ? 1 : 0)
      }
    }
  }
})
