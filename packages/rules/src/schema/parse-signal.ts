import { didYouMean } from '../expression/closest-name.ts'
import { isSignal, SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import { describe, type Problems } from './problems.ts'

/** A signal's name. */
export function checkSignal(value: unknown, path: string, problems: Problems): Signal | undefined {
  if (isSignal(value)) return value
  const hint = typeof value === 'string' ? didYouMean(value, SIGNAL_NAMES) : ''
  const known = hint === '' ? `; known: ${SIGNAL_NAMES.join(', ')}` : hint
  return problems.add(path, 'RULES_SIGNAL_UNKNOWN', `unknown signal ${describe(value)}${known}`)
}
