// Works out, by the slow model, what fixtures without `expected` are worth, and writes it into their files to be looked at; of those
// that have it, says where the model finds something else.
//
//   npm exec -- node --conditions=@millrace/source packages/rules/test/fill-fixtures.ts && npx biome format --write packages/rules/fixtures

import { writeFileSync } from 'node:fs'
import { worthByModel } from './fixture-model.ts'
import { type FixtureGroup, FOLDER, fixtureFiles, fixturesOf, readFixtureFile } from './fixtures.ts'

let [cases, byModel, byHand] = [0, 0, 0]
for (const file of fixtureFiles()) {
  const content = readFixtureFile(file)
  const groups = content.groups.map((group) => ({
    ...group,
    cases: group.cases.map((one, i) => {
      cases++
      const fixture = fixturesOf(file, group)[i]
      if (fixture === undefined || one.error !== undefined) return one
      const found = worthByModel(fixture)
      if (typeof found === 'string') {
        byHand++
        if (one.expected === undefined) console.log(`${fixture.name}: by hand, for ${found}`)
        return one
      }
      byModel++
      if (one.expected === undefined) return { ...one, expected: found }
      const isSame = one.expected.length === found.length && one.expected.every((value, at) => isNear(value, found[at]))
      if (!isSame)
        console.log(`${fixture.name}: ${JSON.stringify(one.expected)}, by the model ${JSON.stringify(found)}`)
      return one
    }),
  }))
  writeFileSync(new URL(file, FOLDER), inLines({ groups }))
}
console.log(`${cases} cases: ${byModel} by the model, ${byHand} by hand alone`)

function isNear(value: unknown, other: unknown): boolean {
  if (typeof value !== 'number' || typeof other !== 'number') return value === other
  return Math.abs(value - other) <= 1e-12 * Math.max(1, Math.abs(other))
}

/** A reading and a case each on a line of their own. */
function inLines({ groups }: { readonly groups: readonly FixtureGroup[] }): string {
  const spaced = (value: unknown): string =>
    JSON.stringify(value, null, 1)
      .replace(/\n\s*/g, ' ')
      .replace(/\[ | \]/g, (end) => end.trim())
  const list = (all: readonly unknown[]): string =>
    `[\n${all.map((one) => `        ${spaced(one)}`).join(',\n')}\n      ]`
  const texts = groups.map((group) => {
    const fields = Object.entries(group).map(([field, value]) => {
      return `      ${JSON.stringify(field)}: ${Array.isArray(value) ? list(value) : spaced(value)}`
    })
    return `    {\n${fields.join(',\n')}\n    }`
  })
  return `{\n  "groups": [\n${texts.join(',\n')}\n  ]\n}\n`
}
