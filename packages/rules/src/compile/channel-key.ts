import { expressionOf } from '../expression/expression-of.ts'
import { expressionText } from '../expression/expression-text.ts'
import type { PastNode, WindowNode } from '../expression/resolved.ts'
import type { Policies } from './policies.ts'

/** Equal for channels that always have the same values: rules share them. */
export function channelKey(node: WindowNode | PastNode, { zeros, missing }: Policies): string {
  // What a window holds does not depend on what a blank means to the rule; what was in force once does.
  const isOfReadings = node.kind === 'window' && node.call !== 'timeInRange'
  return `${expressionText(expressionOf(node))} ${zeros}${isOfReadings ? '' : ` ${missing === 'hold' ? 'hold' : 'break'}`}`
}
