import type { AttributeNode, PastNode, Resolved, SignalNode, WindowNode } from '../expression/resolved.ts'
import type { PatientView } from './patient-view.ts'
import type { Locate } from './read-signal.ts'

/** A value at a moment, in its measure's canonical unit, or a text's number; NaN where it is unknown. */
export type NumberClosure = (view: PatientView, at: number) => number

/** What has annotations, and so a place in a patient's vitals. */
export type ChannelNode = SignalNode | PastNode | WindowNode | AttributeNode

/** Where a value finds what it speaks of. */
export interface NumberScope {
  locate(node: ChannelNode): Locate
  /** The number of a limit by its name. */
  limit(name: string): number
  /** The number that stands for a text. */
  text(text: string): number
}

export function isChannelNode(node: Resolved): node is ChannelNode {
  return 'signal' in node || node.kind === 'attribute'
}

/** A value as one function of what is known of a patient. What is not finite is unknown. */
export function toNumber(node: Resolved, scope: NumberScope): NumberClosure {
  switch (node.kind) {
    case 'constant': {
      const { value } = node
      return () => value
    }
    case 'text': {
      const number = scope.text(node.text)
      return () => number
    }
    case 'limit': {
      const i = scope.limit(node.limit)
      return (view) => view.limits[i] as number
    }
    case 'signal':
    case 'past':
    case 'window':
    case 'attribute':
      return readerOf(scope.locate(node))
    case 'scalar':
      return scalar(
        node.call,
        node.args.map((arg) => toNumber(arg, scope)),
      )
    case 'arithmetic':
      return arithmetic(node.op, toNumber(node.left, scope), toNumber(node.right, scope))
  }
}

// Rules share what they read.
const readers = new WeakMap<Locate, NumberClosure>()

function readerOf(locate: Locate): NumberClosure {
  const known = readers.get(locate)
  if (known !== undefined) return known
  const reader: NumberClosure = (view, at) => {
    const located = locate(view.vitals, at)
    return located === -1 ? Number.NaN : (view.vitals[located] as number)
  }
  readers.set(locate, reader)
  return reader
}

function scalar(call: 'abs' | 'least' | 'greatest', args: readonly NumberClosure[]): NumberClosure {
  const [first, ...more] = args as [NumberClosure, ...NumberClosure[]]
  if (call === 'abs') return (view, at) => Math.abs(first(view, at))
  // As Math.min and Math.max: unknown where one of them is.
  const choose = call === 'least' ? Math.min : Math.max
  return (view, at) => {
    let chosen = first(view, at)
    for (const arg of more) chosen = choose(chosen, arg(view, at))
    return chosen
  }
}

function arithmetic(op: '+' | '-' | '*' | '/', left: NumberClosure, right: NumberClosure): NumberClosure {
  switch (op) {
    case '+':
      return (view, at) => finite(left(view, at) + right(view, at))
    case '-':
      return (view, at) => finite(left(view, at) - right(view, at))
    case '*':
      return (view, at) => finite(left(view, at) * right(view, at))
    case '/':
      return (view, at) => finite(left(view, at) / right(view, at))
  }
}

function finite(value: number): number {
  return Math.abs(value) === Infinity ? Number.NaN : value
}
