// The import table of the house (ARCHITECTURE.md): a room may import itself, errors.ts and the rooms named here.
// scripts/import-table.test.ts makes each forbidden edge once and expects the rule of that name.
const anything = ['[^/]+']
const table = {
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
  simulation: anything,
  testing: anything,
}
// What a browser needs to check a rule, and to take its alarms through their life.
const rulesTable = {
  expression: [],
  schema: ['expression'],
  dsl: ['schema', 'expression'],
  changes: ['schema', 'expression', 'dsl'],
  compile: ['schema', 'expression'],
  scoring: ['schema', 'expression'],
  thresholds: ['schema', 'expression'],
  alarms: ['schema', 'expression', 'compile', 'thresholds'],
}

// Tests stand beside their file and may use anything of their own package; so may the contract suites.
const code = '(?<!\\.test|\\.test-d|\\.contract)\\.ts$'
const builtin = (name) => `^(node:)?${name}(/|$)`
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

function rooms(where, table) {
  return Object.entries(table).map(([room, may]) =>
    forbid(
      `${where}-${room}`,
      `${room} may import: ${[room, ...may].join(', ')}`,
      { path: `^packages/${where}/src/${room}/.*${code}` },
      {
        path: '^packages/',
        pathNot: [
          ...[room, ...may].map((r) => `^packages/${where}/src/${r}/`),
          ...(room === 'collections' ? [] : [`^packages/${where}/src/errors\\.ts$`]),
        ],
      },
    ),
  )
}

export default {
  forbidden: [
    ...rooms('core', table),
    ...rooms('rules', rulesTable),
    forbid(
      'core-room-of-the-house',
      'a new folder of core needs its line in the table above, and a decision record',
      { path: '^packages/core/src/[^/]+/', pathNot: `^packages/core/src/(${Object.keys(table).join('|')})/` },
      {},
    ),
    forbid(
      'errors-import-no-one',
      'errors.ts may be imported by anyone, and imports no one',
      { path: '^packages/[^/]+/src/errors\\.ts$' },
      { path: '^packages/' },
    ),
    forbid(
      'rules-in-a-browser',
      'a browser can check a rule and follow an alarm: nothing of Node there',
      { path: `^packages/rules/src/(${Object.keys(rulesTable).join('|')})/.*${code}` },
      { dependencyTypes: ['core'] },
    ),
    forbid('no-circular', 'no cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('not-to-unresolvable', 'an import that leads nowhere', {}, { couldNotResolve: true }),
    forbid(
      'not-to-dev-dep',
      'what is published imports only its dependencies and its peers',
      { path: `^packages/[^/]+/src/.*${code}` },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer', 'npm', 'type-only'],
      },
    ),
    forbid(
      'rxjs-in-its-room',
      'rxjs is imported in folders called rxjs/ only',
      { path: '^packages/[^/]+/src/', pathNot: '/rxjs/' },
      { path: 'node_modules/rxjs/' },
    ),
    forbid(
      'threads-in-worker-files',
      'node:worker_threads is imported in runtime/worker-* only',
      { path: '^packages/[^/]+/src/', pathNot: '^packages/core/src/runtime/worker-' },
      { path: builtin('worker_threads') },
    ),
    forbid(
      'files-in-storages',
      'node:fs is imported in checkpoint/storages and connectors only; the command reads what it is given',
      { path: `^packages/(?!connectors/|cli/)[^/]+/src/.*${code}`, pathNot: '^packages/core/src/checkpoint/storages/' },
      { path: builtin('fs') },
    ),
    forbid('core-alone', 'core knows no other package', { path: '^packages/core/' }, { path: '^packages/(?!core/)' }),
    forbid(
      'siblings-apart',
      'packages beside core know core, not each other',
      { path: '^packages/(?!core/|cli/)([^/]+)/' },
      { path: '^packages/(?!core/)', pathNot: '^packages/$1/' },
    ),
    forbid(
      'one-system-a-folder',
      'a connector never imports another system; formats/, calls/, aws/, notices/, errors.ts and option-checks.ts are shared',
      { path: '^packages/connectors/src/([^/]+)/' },
      {
        path: '^packages/connectors/src/',
        pathNot: [
          '^packages/connectors/src/$1/',
          '^packages/connectors/src/formats/',
          '^packages/connectors/src/calls/',
          '^packages/connectors/src/aws/',
          '^packages/connectors/src/notices/',
          '^packages/connectors/src/(errors|option-checks)\\.ts$',
        ],
      },
    ),
    forbid(
      'aws-for-its-services',
      'aws/ is what the services of AWS share: it knows none of them, and no format',
      { path: '^packages/connectors/src/aws/' },
      {
        path: '^packages/',
        pathNot: [
          '^packages/connectors/src/(aws|calls)/',
          '^packages/connectors/src/(errors|option-checks)\\.ts$',
          '^packages/core/src/connector\\.ts$',
        ],
      },
    ),
    forbid(
      'calls-below-all',
      'calls/ knows no system and no format',
      { path: '^packages/connectors/src/calls/' },
      {
        path: '^packages/',
        pathNot: ['^packages/connectors/src/calls/', '^packages/connectors/src/(errors|option-checks)\\.ts$'],
      },
    ),
    forbid(
      'core-by-its-exports',
      'whoever is not core enters it by an entry point',
      { pathNot: '^packages/core/' },
      {
        path: '^packages/core/src/',
        pathNot: '^packages/core/src/(index|connector|testing/index|rxjs/index)\\.ts$',
      },
    ),
    forbid(
      'packages-by-their-exports',
      'examples, benchmarks and scripts enter a package by an entry point',
      { path: '^(examples|benchmarks|scripts|docs)/' },
      {
        path: '^packages/(?!core/)[^/]+/src/',
        pathNot: '^packages/(connectors/src/[^/]+|rules/src)/index\\.ts$',
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@millrace/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
