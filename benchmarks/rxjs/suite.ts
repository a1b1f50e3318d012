import type { Case, Suite } from '../harness/benchmark.ts'
import type { CaseResult } from '../harness/measure.ts'
import { ratios } from '../harness/report.ts'

const AIM = 5

const at = (path: string): URL => new URL(path, import.meta.url)

function contenders(folder: string, ...others: string[]): Pick<Case, 'data' | 'contenders' | 'aims'> {
  return {
    data: at(`./${folder}/data.ts`),
    contenders: Object.fromEntries(['millrace', ...others].map((name) => [name, at(`./${folder}/${name}.ts`)])),
    aims: {},
  }
}

export const suite: Suite = {
  title: "rxjs: Millrace's RxJS operators beside idiomatic RxJS, a value at a time, the clock driven by the data",
  cases: [
    {
      name: 'rolling-mean',
      title: '(a) the mean of the last 5 minutes, per patient',
      ...contenders('rolling-mean', 'rxjs'),
    },
    { name: 'count', title: '(b) readings a minute, per patient', ...contenders('count', 'rxjs', 'buffer') },
    {
      name: 'deduplicate',
      title: '(c) readings that were sent again within 10 s',
      ...contenders('deduplicate', 'rxjs'),
    },
    {
      name: 'last-value',
      title: '(d) the last of each patient every second',
      ...contenders('last-value', 'rxjs', 'buffer'),
    },
    { name: 'debounce', title: '(e) debounce by patient', ...contenders('debounce', 'rxjs') },
  ],
  summary: geometricMean,
  checks: [{ name: 'memory', title: '(f) 10 M values of 1 M keys that come and go', program: at('./memory/check.ts') }],
}

/** Over the cases that were run, against RxJS by key, which is what the operators stand in for. */
function geometricMean(results: readonly CaseResult[]): string | undefined {
  const factors = results.flatMap((result) => ratios(result).rxjs ?? [])
  if (factors.length < 2) return undefined
  const mean = Math.exp(factors.reduce((sum, factor) => sum + Math.log(factor), 0) / factors.length)
  const verdict = mean < AIM ? ', MISSED' : ''
  return `millrace / rxjs, geometric mean of ${factors.length} cases = ${mean.toFixed(2)} (aim: ${AIM} or more${verdict})`
}
