import type { MissingPolicy, ZerosPolicy } from '../schema/rule-data.ts'

/** How a rule looks at readings. */
export interface Policies {
  readonly zeros: ZerosPolicy
  readonly missing: MissingPolicy
}

export function policiesOf({ zeros = 'value', missing = 'break' }: Partial<Policies>): Policies {
  return { zeros, missing }
}
