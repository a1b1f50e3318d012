// The import table of the house (ARCHITECTURE.md): a room may import itself and the rooms named here, nothing else.
const anything = [
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
]
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
  rxjs: ['api', 'operators', 'elements', 'time', 'collections'],
  simulation: anything,
  testing: anything,
}
// Tests stand beside their file and may use anything of their own package.
const code = '(?<!\\.test|\\.test-d|\\.contract)\\.ts$'
const rooms = Object.entries(table).map(([room, may]) => ({
  name: `core-${room}`,
  severity: 'error',
  comment: `${room} may import: ${[room, ...may].join(', ')}, errors.ts`,
  from: { path: `^packages/core/src/${room}/.*${code}` },
  to: {
    path: '^packages/core/src/',
    pathNot: [...[room, ...may].map((r) => `^packages/core/src/${r}/`), '^packages/core/src/errors\\.ts$'],
  },
}))
const rulesRooms = Object.entries({
  schema: [],
  expression: ['schema'],
  dsl: ['schema', 'expression'],
  compile: ['schema', 'expression'],
}).map(([room, may]) => ({
  name: `rules-${room}`,
  severity: 'error',
  comment: `a browser can check a rule: rules/${room} imports no core, and of rules only ${[room, ...may].join(', ')}`,
  from: { path: `^packages/rules/src/${room}/.*${code}` },
  to: {
    path: '^packages/',
    pathNot: [...[room, ...may].map((r) => `^packages/rules/src/${r}/`), '^packages/rules/src/errors\\.ts$'],
  },
}))

export default {
  forbidden: [
    ...rooms,
    ...rulesRooms,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: `^packages/[^/]+/src/.*${code}` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/(rxjs|@duckdb|vitest)/' },
    },
    {
      name: 'rxjs-in-its-room',
      severity: 'error',
      comment: 'rxjs is imported in folders called rxjs/ only',
      from: { path: '^packages/[^/]+/src/', pathNot: '/rxjs/' },
      to: { path: 'node_modules/rxjs/' },
    },
    {
      name: 'threads-in-worker-files',
      severity: 'error',
      comment: 'node:worker_threads is imported in runtime/worker-* only',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/core/src/runtime/worker-' },
      to: { path: '^(node:)?worker_threads$' },
    },
    {
      name: 'files-in-storages',
      severity: 'error',
      comment: 'node:fs is imported in checkpoint/storages and connectors only',
      from: { path: `^packages/(core|rules)/src/.*${code}`, pathNot: '^packages/core/src/checkpoint/storages/' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'core-alone',
      severity: 'error',
      from: { path: '^packages/core/src' },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'siblings-apart',
      severity: 'error',
      from: { path: '^packages/(connectors|rules)/' },
      to: { path: '^packages/(connectors|rules)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'one-system-a-folder',
      severity: 'error',
      comment: 'a connector never imports another system; formats/ and errors.ts are shared',
      from: { path: '^packages/connectors/src/([^/]+)/' },
      to: {
        path: '^packages/connectors/src/',
        pathNot: [
          '^packages/connectors/src/$1/',
          '^packages/connectors/src/formats/',
          '^packages/connectors/src/errors\\.ts$',
        ],
      },
    },
    {
      name: 'core-by-its-exports',
      severity: 'error',
      from: { pathNot: '^packages/core/' },
      to: {
        path: '^packages/core/src/',
        pathNot: '^packages/core/src/(index|connector|testing/index|rxjs/index)\\.ts$',
      },
    },
    {
      name: 'packages-by-their-exports',
      severity: 'error',
      from: { path: '^(examples|benchmarks)/' },
      to: {
        path: '^packages/(connectors|rules)/src/',
        pathNot: '^packages/(connectors/src/[^/]+|rules/src)/index\\.ts$',
      },
    },
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
