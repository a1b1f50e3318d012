import type { JobNode } from '../graph/job-graph.ts'
import { MetricGroup } from '../metrics/metric-group.ts'
import type { StepMetrics } from './job-metrics.ts'
import { OperatorHost } from './operator-host.ts'
import type { Task } from './task.ts'

/** What each step of a task has counted, in the order of the graph. */
export function stepMetrics(nodes: readonly JobNode[], task: Task): StepMetrics[] {
  const hosts = new Map([...task.sources, ...task.hosts].map((host) => [host.operatorId, host]))
  const sinks = new Map(task.sinks.map((sink) => [sink.operatorId, sink]))
  const recordsInto = (node: JobNode): number =>
    node.inputs.reduce((total, { from, tag }) => {
      const output = hosts.get(from)?.output
      return total + (tag === undefined ? (output?.recordsOut ?? 0) : (output?.sideRecords(tag) ?? 0))
    }, 0)
  return nodes.map((node): StepMetrics => {
    const host = hosts.get(node.id)
    const sink = sinks.get(node.id)
    const counters = host?.counters ?? sink?.counters
    const measured = counters instanceof MetricGroup ? counters : undefined
    return {
      id: node.id,
      kind: node.kind,
      recordsIn: sink?.recordsIn ?? recordsInto(node),
      recordsOut: host?.output.recordsOut ?? 0,
      counters: counters?.values() ?? {},
      gauges: measured?.gaugeValues() ?? {},
      histograms: measured?.histogramSummaries() ?? {},
      watermark: host?.watermark,
      keys: host instanceof OperatorHost ? host.keyCount() : undefined,
    }
  })
}
