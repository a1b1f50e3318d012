import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

// A house of one-line files: in each room a `bad-*.ts` that makes one forbidden edge, and a `good-*.ts` with allowed ones.
const CORE_ROOMS = [
  'collections',
  'elements',
  'metrics',
  'time',
  'state',
  'functions',
  'checkpoint',
  'operators',
  'graph',
  'runtime',
  'api',
  'rxjs',
  'simulation',
  'testing',
]
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  collections: [],
  elements: ['collections'],
  metrics: ['collections'],
  time: ['elements', 'collections'],
  state: ['elements', 'time', 'collections'],
  functions: ['elements', 'time', 'state', 'metrics', 'collections'],
  checkpoint: ['elements', 'time', 'state', 'metrics', 'collections'],
  operators: ['elements', 'time', 'state', 'functions', 'metrics', 'collections'],
  graph: ['elements', 'time', 'state', 'functions', 'operators', 'collections'],
  runtime: ['elements', 'time', 'state', 'functions', 'operators', 'checkpoint', 'graph', 'metrics', 'collections'],
  api: ['elements', 'time', 'state', 'functions', 'operators', 'checkpoint', 'graph', 'runtime', 'collections'],
  rxjs: ['api', 'operators', 'functions', 'elements', 'time', 'collections'],
  simulation: CORE_ROOMS,
  testing: CORE_ROOMS,
}
const RULES_ROOMS = [
  'schema',
  'expression',
  'dsl',
  'compile',
  'scoring',
  'alarms',
  'thresholds',
  'changes',
  'engine',
  'backtest',
]

/** One forbidden import a line: the rule that has to fire, the file, what it imports. */
const FORBIDDEN: readonly (readonly [rule: string, file: string, specifier: string])[] = [
  ...CORE_ROOMS.flatMap((room) =>
    CORE_ROOMS.filter((other) => other !== room && !ALLOWED[room]?.includes(other)).map(
      (other) => [`core-${room}`, `packages/core/src/${room}/bad-${other}.ts`, `../${other}/room.ts`] as const,
    ),
  ),
  ['core-room-of-the-house', 'packages/core/src/util/bad.ts', '../elements/room.ts'],
  ['core-collections', 'packages/core/src/collections/bad-errors.ts', '../errors.ts'],
  ['errors-import-no-one', 'packages/rules/src/errors.ts', './schema/room.ts'],
  ['core-alone', 'packages/core/src/bad-package.ts', '@millrace/rules'],
  ['siblings-apart', 'packages/rules/src/engine/bad-sibling.ts', '@millrace/connectors/file'],
  ['siblings-apart', 'packages/connectors/src/file/bad-sibling.ts', '@millrace/rules'],
  ['siblings-apart', 'packages/flink/src/bad-sibling.ts', '@millrace/rules'],
  ['one-system-a-folder', 'packages/connectors/src/file/bad-system.ts', '../lake/index.ts'],
  ['aws-for-its-services', 'packages/connectors/src/aws/bad-system.ts', '../lake/index.ts'],
  ['aws-for-its-services', 'packages/connectors/src/aws/bad-format.ts', '../formats/index.ts'],
  ['calls-below-all', 'packages/connectors/src/calls/bad-format.ts', '../formats/index.ts'],
  ['calls-below-all', 'packages/connectors/src/calls/bad-core.ts', '@millrace/core/connector'],
  ['core-by-its-exports', 'packages/connectors/src/file/bad-deep.ts', '../../../core/src/runtime/room.ts'],
  ['core-by-its-exports', 'packages/rules/src/engine/bad-deep.ts', '../../../core/src/state/room.ts'],
  ['core-by-its-exports', 'examples/ward/bad-deep.ts', '../../packages/core/src/runtime/room.ts'],
  ['packages-by-their-exports', 'examples/ward/bad-rules.ts', '../../packages/rules/src/engine/room.ts'],
  ['packages-by-their-exports', 'benchmarks/core/bad-lake.ts', '../../packages/connectors/src/lake/room.ts'],
  ['packages-by-their-exports', 'scripts/bad-rules.ts', '../packages/rules/src/engine/room.ts'],
  ['not-to-unresolvable', 'examples/ward/bad-export.ts', '@millrace/core/runtime/room.ts'],
  ...['schema', 'expression', 'dsl', 'compile', 'scoring', 'thresholds', 'alarms', 'changes'].flatMap((room) => [
    [`rules-${room}`, `packages/rules/src/${room}/bad-core.ts`, '@millrace/core'] as const,
    [`rules-${room}`, `packages/rules/src/${room}/bad-engine.ts`, '../engine/room.ts'] as const,
    ['rules-in-a-browser', `packages/rules/src/${room}/bad-node.ts`, 'node:path'] as const,
  ]),
  ['rxjs-in-its-room', 'packages/core/src/operators/bad-peer.ts', 'rxjs'],
  ['rxjs-in-its-room', 'packages/rules/src/engine/bad-rxjs.ts', 'rxjs'],
  ['threads-in-worker-files', 'packages/core/src/runtime/bad-threads.ts', 'node:worker_threads'],
  ['threads-in-worker-files', 'packages/connectors/src/file/bad-threads.ts', 'worker_threads'],
  ['files-in-storages', 'packages/core/src/checkpoint/bad-fs.ts', 'node:fs'],
  ['files-in-storages', 'packages/core/src/runtime/bad-fs.ts', 'node:fs/promises'],
  ['files-in-storages', 'packages/rules/src/engine/bad-fs.ts', 'fs'],
  ['not-to-dev-dep', 'packages/connectors/src/file/bad-dev.ts', 'zod'],
  ['no-circular', 'packages/core/src/state/bad-circle.ts', './circle.ts'],
]

/** Edges that must not be reported. */
const PERMITTED: readonly (readonly [file: string, specifier: string])[] = [
  ...CORE_ROOMS.flatMap((room) =>
    (ALLOWED[room] ?? [])
      .filter((other) => other !== room)
      .map((other) => [`packages/core/src/${room}/good-${other}.ts`, `../${other}/room.ts`] as const),
  ),
  ['packages/core/src/state/good-errors.ts', '../errors.ts'],
  ['packages/core/src/rxjs/good-rxjs.ts', 'rxjs'],
  ['packages/core/src/runtime/worker-good.ts', 'node:worker_threads'],
  ['packages/core/src/checkpoint/storages/good.ts', 'node:fs'],
  ['packages/connectors/src/file/good-core.ts', '@millrace/core/connector'],
  ['packages/connectors/src/file/good-fs.ts', 'node:fs/promises'],
  ['packages/connectors/src/file/good-formats.ts', '../formats/index.ts'],
  ['packages/connectors/src/file/good-calls.ts', '../calls/retrying.ts'],
  ['packages/connectors/src/file/good-aws.ts', '../aws/aws-calls.ts'],
  ['packages/connectors/src/aws/good-calls.ts', '../calls/retrying.ts'],
  ['packages/connectors/src/aws/good-core.ts', '@millrace/core/connector'],
  ['packages/connectors/src/formats/good-calls.ts', '../calls/retrying.ts'],
  ['packages/connectors/src/file/good-peer.ts', '@duckdb/node-api'],
  ['packages/rules/src/engine/good-core.ts', '@millrace/core'],
  ['packages/rules/src/dsl/good-schema.ts', '../schema/room.ts'],
  ['examples/ward/good.ts', '@millrace/connectors/lake'],
  ['benchmarks/core/good.ts', '@millrace/rules'],
  ['packages/core/src/elements/good.test.ts', '../runtime/room.ts'],
]

const house = mkdtempSync(join(tmpdir(), 'millrace-imports-'))
const reported = new Map<string, Set<string>>()

function put(file: string, text: string): void {
  const path = join(house, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

beforeAll(() => {
  for (const name of ['core', 'connectors', 'rules']) {
    cpSync(join(root, `packages/${name}/package.json`), join(house, `packages/${name}/package.json`))
    mkdirSync(join(house, 'node_modules/@millrace'), { recursive: true })
    symlinkSync(join('../../packages', name), join(house, 'node_modules/@millrace', name))
  }
  for (const name of ['examples', 'benchmarks']) {
    cpSync(join(root, name, 'package.json'), join(house, name, 'package.json'))
  }
  put('packages/flink/package.json', '{ "name": "@millrace/flink", "dependencies": { "@millrace/rules": "0.1.0" } }')
  for (const file of ['.dependency-cruiser.mjs', 'tsconfig.base.json', 'tsconfig.check.json', 'package.json']) {
    cpSync(join(root, file), join(house, file))
  }
  for (const name of ['rxjs', 'zod', '@duckdb/node-api']) {
    put(`node_modules/${name}/package.json`, `{ "name": "${name}", "version": "1.0.0", "main": "index.js" }`)
    put(`node_modules/${name}/index.js`, '')
  }
  for (const room of CORE_ROOMS) put(`packages/core/src/${room}/room.ts`, 'export const room = 1\n')
  for (const room of RULES_ROOMS) put(`packages/rules/src/${room}/room.ts`, 'export const room = 1\n')
  put('packages/core/src/state/circle.ts', "import './bad-circle.ts'\n")
  put('packages/connectors/src/lake/room.ts', 'export const room = 1\n')
  for (const entry of [
    'core/src/index.ts',
    'core/src/connector.ts',
    'core/src/testing/index.ts',
    'core/src/rxjs/index.ts',
    'core/src/errors.ts',
    'rules/src/index.ts',
    'connectors/src/aws/aws-calls.ts',
    'connectors/src/calls/retrying.ts',
    'connectors/src/file/index.ts',
    'connectors/src/formats/index.ts',
    'connectors/src/lake/index.ts',
  ]) {
    put(`packages/${entry}`, 'export const entry = 1\n')
  }
  for (const [, file, specifier] of FORBIDDEN) put(file, `import '${specifier}'\n`)
  for (const [file, specifier] of PERMITTED) put(file, `import '${specifier}'\n`)

  const cruise = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      ...['packages', 'examples', 'benchmarks', 'scripts'],
      ...['--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
    ],
    { cwd: house, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  const { summary } = JSON.parse(cruise.stdout) as {
    summary: { violations: readonly { from: string; rule: { name: string; severity: string } }[] }
  }
  for (const { from, rule } of summary.violations) {
    if (rule.severity === 'error') reported.set(from, (reported.get(from) ?? new Set()).add(rule.name))
  }
})

afterAll(() => rmSync(house, { recursive: true, force: true }))

test.each([...Map.groupBy(FORBIDDEN, ([rule]) => rule)])('%s fires on each of its forbidden imports', (rule, edges) => {
  expect(edges.filter(([, file]) => !reported.get(file)?.has(rule))).toEqual([])
})

test('each rule of the table is tried', async () => {
  const path = join(root, '.dependency-cruiser.mjs')
  const config = (await import(path)) as { default: { forbidden: { name: string }[] } }
  const tried = new Set(FORBIDDEN.map(([rule]) => rule))
  const free = ['core-simulation', 'core-testing'] // may import anything in core
  expect(config.default.forbidden.map((r) => r.name).filter((name) => !tried.has(name))).toEqual(free)
})

test('no allowed import is reported', () => {
  expect(
    PERMITTED.filter(([file]) => reported.has(file)).map(([file]) => [file, ...(reported.get(file) ?? [])]),
  ).toEqual([])
})

test('nothing else is reported', () => {
  const made = new Set(FORBIDDEN.map(([, file]) => file))
  expect([...reported.keys()].filter((file) => !made.has(file))).toEqual([])
})
