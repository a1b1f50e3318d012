import { MillraceError } from '../../errors.ts'
import type { OperatorContext } from '../operator.ts'

/**
 * Keeps in the operator's state what a step was declared as, and refuses to go on from the state of another: rows that were
 * freed for a shorter look-back would be missing from a longer one.
 *
 * @throws CORE_STATE_INCOMPATIBLE
 */
export function checkShape(context: OperatorContext<never>, shape: string): void {
  const state = context.operatorState.list<string>('shape')
  const other = state.get().find((held) => held !== shape)
  if (other !== undefined) {
    throw new MillraceError(
      'CORE_STATE_INCOMPATIBLE',
      `the state of step '${context.operatorId}' is that of '${other}', and it is now '${shape}'`,
    )
  }
  state.update([shape])
}
