import { durationText } from './duration.ts'
import type { Expression } from './expression.ts'
import { leastOf } from './resolve-expression.ts'
import type { ConstantNode, LimitNode, Resolved } from './resolved.ts'

/** What was put together, as it can be written: definitions stand in their places. */
export function expressionOf(node: Resolved): Expression {
  switch (node.kind) {
    case 'constant':
    case 'limit':
      return boundOf(node)
    case 'text':
      return { text: node.text }
    case 'attribute':
      return { attribute: node.attribute }
    case 'signal':
      return { signal: node.signal, ...(node.withinMs !== undefined && { within: durationText(node.withinMs) }) }
    case 'past':
      return { signal: node.signal, ago: durationText(node.agoMs) }
    case 'window': {
      const { call, signal, overMs, atLeast, between } = node
      return {
        call,
        signal,
        over: durationText(overMs),
        ...(atLeast !== leastOf(call) && { atLeast }),
        ...(between && { between: [boundOf(between[0]), boundOf(between[1])] }),
      }
    }
    case 'scalar':
      return { call: node.call, args: node.args.map(expressionOf) }
    case 'arithmetic':
      return { op: node.op, left: expressionOf(node.left), right: expressionOf(node.right) }
  }
}

function boundOf(node: ConstantNode | LimitNode): Extract<Expression, { value: number } | { limit: string }> {
  return node.kind === 'constant' ? node.quantity : { limit: node.limit }
}
