import type { Case, Suite } from '../harness/benchmark.ts'
import type { CaseResult } from '../harness/measure.ts'

const at = (path: string): URL => new URL(path, import.meta.url)
const aims: Case['aims'] = { loop: 0.5 }
const RATIOS = [2, 10, 60, 600]

const LOOKED_BACK_OVER = [10, 60, 300]

const lookBacks = LOOKED_BACK_OVER.map(
  (rows): Case => ({
    name: `look-back-${rows}`,
    group: 'look-back',
    title: `each reading with the ${rows} before it, over 1,000 keys`,
    data: at(`./look-back/${rows}-rows.ts`),
    contenders: { millrace: at('./look-back/millrace.ts'), loop: at('./look-back/loop.ts') },
    aims,
  }),
)

/** Slides of ten readings a patient; what changes is how many slides a window has. */
const sliding = RATIOS.map(
  (ratio): Case => ({
    name: `sliding-${ratio}`,
    group: 'sliding',
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
    ...lookBacks,
    {
      name: 'keys',
      title: 'a million keys in a window: count and mean',
      data: at('./keys/data.ts'),
      contenders: { millrace: at('./keys/millrace.ts'), loop: at('./keys/loop.ts') },
      aims,
      mostBytesEach: 200,
    },
  ],
  summary: (results) =>
    [costs(results, 'sliding', RATIOS, ': 1'), costs(results, 'look-back', LOOKED_BACK_OVER, 'rows')]
      .filter((line) => line !== undefined)
      .join('\n  ') || undefined,
}

/** What a record costs by the slides in a window, or the rows looked back over: flat where stacks are two. */
function costs(
  results: readonly CaseResult[],
  kind: string,
  sizes: readonly number[],
  unit: string,
): string | undefined {
  const found = sizes.flatMap((size) => {
    const result = results.find(({ name }) => name === `${kind}-${size}`)
    const own = result?.measurements.find(({ contender }) => contender === 'millrace')
    // The best round: what else the machine does only ever adds.
    return own === undefined ? [] : [{ size, ns: 1e9 / Math.max(...own.rates) }]
  })
  if (found.length < sizes.length) return undefined
  const all = found.map(({ ns }) => ns)
  const worst = Math.max(...all) / Math.min(...all)
  const list = found.map(({ size, ns }) => `${ns.toFixed(0)} ns at ${size} ${unit}`).join(', ')
  return `${kind}: a record costs ${list}; worst / best = ${worst.toFixed(2)} (aim: 1.5 or less${worst > 1.5 ? ', MISSED' : ''})`
}
