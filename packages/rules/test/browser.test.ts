import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, it } from 'vitest'

const TEXT = `alarm low "Sustained desaturation"
  when mean(spo2 over 1m) < 88 % and age >= 18 a for 15s
  priority high
`

it('rules run in a browser: what is bundled has nothing of Node and nothing of the engine of streams', async () => {
  const entry = 'virtual:entry'
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    // The operators of jobs import it; nothing of them is to be left.
    external: [/^@millrace\/core/, /^node:/, 'rxjs'],
    resolve: { conditionNames: ['@millrace/source', 'import', 'browser'] },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) =>
          id === entry
            ? `export { alarmLife, compileRules, parseRules, printRules } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))}`
            : null,
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'iife', name: 'rules', minify: true })
  const [{ code, moduleIds, imports }] = output
  expect(imports).toEqual([])
  expect(moduleIds.filter((id) => !id.includes('/packages/rules/src/') && id !== entry)).toEqual([])
  expect(code).not.toMatch(/\bfrom"node:|require\(["']node:|process\.env/)
  // A context of its own: no process, no require, no global of Node.
  const context = createContext({ Intl, structuredClone, TextEncoder })
  runInContext(`${code}\nglobalThis.rules = rules`, context)
  const found = runInContext(
    `const set = rules.parseRules(${JSON.stringify(TEXT)})
    const [ward, life] = [rules.compileRules(set), rules.alarmLife(set)]
    ward.feed({ patientId: 'p1', time: 0, spo2: 80, attributes: { age: 60 } })
    const alarms = ward.advanceTo(20_000)
    const { notices, audit } = life.feed(alarms, 20_000)
    JSON.stringify([alarms.map(({ rule, time }) => [rule, time]), notices.map(({ recipient }) => recipient), audit.length])`,
    context,
  )
  expect(JSON.parse(found)).toEqual([[['low', 15_000]], ['ward'], 3])
  console.log(`rules for a browser: ${(gzipSync(code).length / 1024).toFixed(1)} KiB compressed`)
})
