import type { Case, Suite } from '../harness/benchmark.ts'

const at = (path: string): URL => new URL(path, import.meta.url)

const KINDS =
  'thresholds for 5 s (30 %), at once (10 %), of SpO2 (20 %), limits of the bed (10 %), two signals (10 %), 3 of 5 (10 %), means (10 %)'

function mixed(count: number, patients: number): Case {
  return {
    name: `${count.toLocaleString('en')}-rules`,
    title: `${count.toLocaleString('en')} rules of mixed kinds x ${patients.toLocaleString('en')} patients, each known for 20 readings`,
    data: at(`./mixed/${count}-rules.ts`),
    contenders: { millrace: at('./mixed/millrace.ts') },
    aims: {},
  }
}

export const suite: Suite = {
  title: `rules: many of them over many patients, each with limits of their own\n${KINDS}`,
  cases: [
    mixed(10, 10_000),
    mixed(100, 10_000),
    mixed(1_000, 10_000),
    mixed(10_000, 10_000),
    {
      name: 'beside',
      title: '100 thresholds on one signal or two, without times: what json-rules-engine can say too',
      data: at('./beside/data.ts'),
      contenders: { millrace: at('./mixed/millrace.ts'), 'json-rules-engine': at('./beside/json-rules-engine.ts') },
      aims: { 'json-rules-engine': 10 },
    },
  ],
  checks: [
    { name: 'mix', title: 'what the mixes are', program: at('./mixed/check-mix.ts') },
    {
      name: 'memory',
      title: 'what is held of a patient, with all alarms there are',
      program: at('./memory/check-memory.ts'),
    },
    {
      name: 'latency',
      title: 'from a reading to its alarm, 1,000 rules x 10,000 patients at 10,000 readings/s, in a live job',
      program: at('./latency/check-latency.ts'),
    },
    {
      name: 'shared',
      title: 'one rule and 1,000 on the same expression',
      program: at('./shared/check-shared.ts'),
    },
    {
      name: 'change',
      title: 'a change of one of 10,000 rules until it is in force for 10,000 patients',
      program: at('./change/check-change.ts'),
    },
  ],
}
