import { describeWatermarks } from '../time/watermark-strategy.ts'
import type { JobGraph, JobNode } from './job-graph.ts'

/** The plan as text: a line a step, what it reads, and what was decided on the way. */
export function explainAsText(job: JobGraph): string {
  const lines = [`job '${job.name}' (${job.fingerprint})`]
  for (const task of job.tasks) {
    lines.push(`  ${task.id}`)
    for (const node of task.nodes) lines.push(`    ${describe(node)}`)
  }
  for (const decision of job.decisions) lines.push(`  * ${decision}`)
  return lines.join('\n')
}

/** The plan as a Mermaid flowchart. */
export function explainAsMermaid(job: JobGraph): string {
  const lines = ['flowchart LR']
  const nodes = job.tasks.flatMap((task) => task.nodes)
  const names = new Map(nodes.map((node, i) => [node.id, `n${i}`]))
  for (const task of job.tasks) {
    lines.push(`  subgraph ${task.id}`)
    for (const node of task.nodes) {
      const label = `${node.id}<br/>${node.kind}${node.detail === undefined ? '' : ` ${node.detail}`}`.replaceAll(
        '"',
        '#quot;',
      )
      lines.push(`    ${names.get(node.id)}["${label}"]`)
    }
    lines.push('  end')
  }
  for (const node of nodes) {
    for (const edge of node.inputs) {
      const how = [
        edge.tag,
        edge.keyBy === undefined ? undefined : 'keyed',
        edge.partitioning?.kind,
        edge.input === 1 ? 'second input' : undefined,
      ]
        .filter((x) => x !== undefined)
        .join(', ')
      lines.push(`  ${names.get(edge.from)} -->${how === '' ? '' : `|${how}|`} ${names.get(node.id)}`)
    }
  }
  return lines.join('\n')
}

function describe(node: JobNode): string {
  const reads = node.inputs.map(
    (edge) =>
      `${edge.from}${edge.tag === undefined ? '' : `/${edge.tag}`}${edge.keyBy === undefined ? '' : ' by key'}${edge.partitioning === undefined ? '' : ` (${edge.partitioning.kind})`}${edge.input === 1 ? ' as second input' : ''}`,
  )
  return `${node.id}  [${[node.kind, ...details(node)].join('; ')}]${reads.length === 0 ? '' : `  <- ${reads.join(', ')}`}`
}

function details(node: JobNode): string[] {
  const details = node.detail === undefined ? [] : [node.detail]
  switch (node.type) {
    case 'source':
      details.push(
        node.source.live ? 'live' : node.source.bounded ? 'bounded' : 'without end',
        `rejects: ${node.onReject}`,
      )
      if (!node.source.replayable) details.push('cannot be read again')
      if (node.watermarks !== undefined) details.push(`${describeWatermarks(node.watermarks)}, a split`)
      break
    case 'timestamps':
      details.push(describeWatermarks(node.watermarks))
      break
    case 'operator':
      if (node.factory.keyed) details.push('keyed state packed')
      break
    case 'sink':
      details.push(node.sink.delivery)
      break
  }
  return details
}
