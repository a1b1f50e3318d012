import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Case } from './benchmark.ts'
import { type CaseResult, median } from './measure.ts'

/** What the figures were measured on. No names of hosts or users. */
export function machineFacts(): Record<string, string | number> {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
  }
}

/** A case as lines of a table, with ratios against the other contenders. */
export function caseTable(result: CaseResult, which: Case): string {
  const rows = result.measurements.map((m) => [
    m.contender,
    millions(m.eventsPerSecond),
    `${millions(Math.min(...m.rates))} .. ${millions(Math.max(...m.rates))}`,
    m.cpuMicros.toPrecision(3),
    `${m.peakMiB}`,
    m.outcome.results.toLocaleString('en'),
  ])
  const table = [['', 'M events/s', 'range', 'CPU µs each', 'peak MiB', 'results'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? []
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
  const head = `${result.title}: ${result.events.toLocaleString('en')} events, ${result.dataMiB} MiB with the data`
  const verdict = result.agree ? [] : ['THE RESULTS DIFFER: the figures compare nothing']
  return [head, ...lines, ...ratioLines(result, which), ...memoryLines(result, which), ...verdict]
    .map((line) => `  ${line}`)
    .join('\n')
}

/**
 * `millrace` against each other contender: the median of the rounds' ratios. What else the machine does changes from minute to
 * minute and hits the contenders of one round alike.
 */
export function ratios(result: CaseResult): Record<string, number> {
  const own = result.measurements.find((m) => m.contender === 'millrace')
  if (!own) return {}
  const others = result.measurements.filter((m) => m !== own)
  return Object.fromEntries(
    others.map((m) => [m.contender, median(own.rates.map((rate, round) => rate / (m.rates[round] as number)))]),
  )
}

function ratioLines(result: CaseResult, which: Case): string[] {
  return Object.entries(ratios(result)).map(([other, ratio]) => {
    const aim = which.aims[other]
    const held = aim === undefined ? '' : ` (aim: ${aim} or more${ratio < aim ? ', MISSED' : ''})`
    return `millrace / ${other} = ${ratio.toFixed(2)}${held}`
  })
}

function memoryLines(result: CaseResult, { mostBytesEach }: Case): string[] {
  return result.measurements.flatMap(({ contender, outcome: { bytesEach } }) => {
    if (bytesEach === undefined) return []
    const aim = contender === 'millrace' ? mostBytesEach : undefined
    const held = aim === undefined ? '' : ` (aim: ${aim} or less${bytesEach > aim ? ', MISSED' : ''})`
    return [`${contender}: ${Math.round(bytesEach)} bytes a key and window${held}`]
  })
}

function millions(eventsPerSecond: number): string {
  return (eventsPerSecond / 1e6).toFixed(eventsPerSecond < 1e6 ? 3 : 2)
}
