import type { Trigger } from './trigger.ts'

/** Never fires. The default of global windows, which therefore need another one to give anything. */
export function neverTrigger(): Trigger<unknown> {
  return NEVER_TRIGGER
}

const NEVER_TRIGGER: Trigger<unknown> = Object.freeze<Trigger<unknown>>({
  name: 'never',
  onRecord: () => 'continue',
  onMerge: () => {},
})
