import type { JobHandle, JobMetrics } from '@millrace/core'

/**
 * Shows how a run goes until `stop` is called: one line that is written over on a terminal, a plain line every two seconds
 * where there is none.
 */
export function showProgress(handle: JobHandle, openAlarms: () => number, out: NodeJS.WriteStream): { stop(): void } {
  const startedAt = performance.now()
  const firstRecords = handle.resumedFrom?.records ?? 0
  const line = (): string => {
    const metrics = handle.metrics()
    const seconds = (performance.now() - startedAt) / 1_000
    const patients = metrics.steps.find((step) => step.id === 'rules')?.keys ?? 0
    return [
      clockText(metrics),
      `${((metrics.recordsIn - firstRecords) / seconds / 1_000).toFixed(0)} k readings/s`,
      `${metrics.recordsIn.toLocaleString('en')} read`,
      `${patients} patients`,
      `${openAlarms()} open alarms`,
      `${metrics.late} late`,
      `${metrics.rejected} rejected`,
    ].join('  ')
  }
  const show = out.isTTY
    ? () => {
        out.write(`\r\u001b[2K${line()}`)
      }
    : () => {
        out.write(`${line()}\n`)
      }
  const timer = setInterval(show, out.isTTY ? 200 : 2_000)
  return {
    stop() {
      clearInterval(timer)
      if (out.isTTY) out.write('\r\u001b[2K')
    },
  }
}

function clockText({ clock }: JobMetrics): string {
  return Number.isFinite(clock) ? new Date(clock).toISOString().slice(0, 19).replace('T', ' ') : 'starting'
}
