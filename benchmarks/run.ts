// npm run bench             lists the benchmarks
// npm run bench -- NAME     runs one; --case PART of a case's name, --rounds N, --together (see harness/measure.ts)
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Case, Check, Suite } from './harness/benchmark.ts'
import { type CaseResult, measure } from './harness/measure.ts'
import { caseTable, machineFacts, ratios } from './harness/report.ts'

const here = import.meta.dirname
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    together: { type: 'boolean', default: false },
  },
})
const names = readdirSync(here).filter((name) => existsSync(join(here, name, 'suite.ts')))
const [name] = positionals

async function load(which: string): Promise<Suite> {
  return ((await import(join(here, which, 'suite.ts'))) as { suite: Suite }).suite
}

if (name === undefined) {
  for (const which of names) console.log(`${which}  ${(await load(which)).title}`)
  console.log('npm run bench -- NAME runs one')
} else if (!names.includes(name)) {
  console.error(`there is no benchmark ${name}; there are: ${names.join(', ')}`)
  process.exitCode = 1
} else {
  process.exitCode = await run(name, await load(name))
}

async function run(which: string, suite: Suite): Promise<number> {
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number above 0, not ${values.rounds}`)
  const facts = machineFacts()
  console.log(`${suite.title}\n${Object.values(facts).join(', ')} GiB; median of ${rounds} rounds\n`)
  const surroundings = await suite.surroundings?.()
  try {
    return await runCases(which, suite, rounds, facts)
  } finally {
    await surroundings?.close()
  }
}

async function runCases(
  which: string,
  suite: Suite,
  rounds: number,
  facts: ReturnType<typeof machineFacts>,
): Promise<number> {
  const results: CaseResult[] = []
  const wanted = suite.cases.filter((c) => c.name.includes(values.case ?? ''))
  for (const cases of Map.groupBy(wanted, (each) => each.group ?? each.name).values()) {
    for (const result of await measure(cases, { rounds, warmups: 2, together: values.together })) {
      results.push(result)
      console.log(`${caseTable(result, cases.find(({ name: of }) => of === result.name) as Case)}\n`)
    }
  }
  const summary = suite.summary?.(results)
  if (summary !== undefined) console.log(`  ${summary}\n`)
  const checks = (suite.checks ?? []).filter((check) => check.name.includes(values.case ?? ''))
  const hold = checks.map(holds)
  // Only a whole run in separate processes is a result to keep.
  if (!values.case && !values.together) {
    mkdirSync(join(here, 'results'), { recursive: true })
    const cases = results.map((result) => ({ ...result, ratios: ratios(result) }))
    writeFileSync(
      join(here, 'results', `${which}.json`),
      `${JSON.stringify({ machine: facts, cases, summary }, undefined, 2)}\n`,
    )
  }
  return results.every((result) => result.agree) && hold.every(Boolean) ? 0 : 1
}

function holds({ title, program }: Check): boolean {
  console.log(`  ${title}`)
  // Of such warnings kafkajs has some.
  const options = [...process.execArgv, '--disable-warning=TimeoutNegativeWarning']
  const { status } = spawnSync(process.execPath, [...options, fileURLToPath(program)], { stdio: 'inherit' })
  console.log(status === 0 ? '' : '  DOES NOT HOLD\n')
  return status === 0
}
