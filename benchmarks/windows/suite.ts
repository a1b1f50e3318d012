import type { Case, Suite } from '../harness/benchmark.ts'
import type { CaseResult } from '../harness/measure.ts'

const at = (path: string): URL => new URL(path, import.meta.url)
const aims: Case['aims'] = { loop: 0.5 }
const RATIOS = [2, 10, 60, 600]

/** Slides of ten readings a patient; what changes is how many slides a window has. */
const sliding = RATIOS.map(
  (ratio): Case => ({
    name: `sliding-${ratio}`,
    title: `sliding windows, ${ratio} : 1`,
    data: at(`./sliding/${ratio}-to-1.ts`),
    contenders: { millrace: at('../core/sliding/millrace.ts'), loop: at('./sliding/loop.ts') },
    aims,
  }),
)

export const suite: Suite = {
  title: 'windows: each kind beside a loop written by hand with the same algorithm',
  cases: [
    {
      name: 'tumbling',
      title: 'tumbling windows over 10,000 keys',
      data: at('../core/tumbling/data.ts'),
      contenders: { millrace: at('../core/tumbling/millrace.ts'), loop: at('../core/tumbling/loop.ts') },
      aims,
    },
    {
      name: 'session',
      title: 'sessions of ten readings over 10,000 keys that come and go',
      data: at('./session/data.ts'),
      contenders: { millrace: at('./session/millrace.ts'), loop: at('./session/loop.ts') },
      aims,
    },
    ...sliding,
    {
      name: 'look-back',
      title: 'each reading with the minute before it, over 1,000 keys',
      data: at('./look-back/data.ts'),
      contenders: { millrace: at('./look-back/millrace.ts'), loop: at('./look-back/loop.ts') },
      aims,
    },
    {
      name: 'keys',
      title: 'a million keys in a window: count and mean',
      data: at('./keys/data.ts'),
      contenders: { millrace: at('./keys/millrace.ts'), loop: at('./keys/loop.ts') },
      aims,
      mostBytesEach: 200,
    },
  ],
  summary: costBySlides,
}

/** What a record costs by the slides in a window: flat where slices are shared and stacks are two. */
function costBySlides(results: readonly CaseResult[]): string | undefined {
  const costs = RATIOS.flatMap((ratio) => {
    const result = results.find(({ name }) => name === `sliding-${ratio}`)
    const own = result?.measurements.find(({ contender }) => contender === 'millrace')
    // The best round: what else the machine does only ever adds.
    return own === undefined ? [] : [{ ratio, ns: 1e9 / Math.max(...own.rates) }]
  })
  if (costs.length < RATIOS.length) return undefined
  const all = costs.map(({ ns }) => ns)
  const worst = Math.max(...all) / Math.min(...all)
  const list = costs.map(({ ratio, ns }) => `${ns.toFixed(0)} ns at ${ratio} : 1`).join(', ')
  return `a record costs ${list}; worst / best = ${worst.toFixed(2)} (aim: 1.5 or less${worst > 1.5 ? ', MISSED' : ''})`
}
