import type { RuleProblem, RulesErrorCode } from '../errors.ts'
import type { ChangeOutcome } from './apply-change.ts'
import type { ChangeSignature } from './rule-change.ts'
import type { RuleDifference } from './rule-differences.ts'

/**
 * What became of a change, as the audit has it. Authors and reasons stand here on purpose. Of a change that was refused stand its
 * signature, as far as it has one, and where its mistakes are; of limits, whose they are and not what they are.
 */
export type RuleFact =
  | {
      readonly type: 'rules-changed'
      readonly change: ChangeSignature
      readonly before: string
      readonly after: string
      readonly revision: number
      readonly differences: readonly RuleDifference[]
    }
  | {
      readonly type: 'rules-refused'
      readonly change: Partial<ChangeSignature>
      /** The version that stays in force. */
      readonly version: string
      readonly problems: readonly { readonly path: string; readonly code: RulesErrorCode }[]
    }
  | { readonly type: 'rules-repeated'; readonly change: Partial<ChangeSignature>; readonly version: string }

/** @param change as it was given. `version`, that in force before. */
export function ruleFact(change: unknown, outcome: ChangeOutcome, version: string): RuleFact {
  switch (outcome.status) {
    case 'accepted': {
      const { before, after, differences, history } = outcome
      const { revision } = history.versions.at(-1) as (typeof history.versions)[0]
      const signature = signatureIn(change) as ChangeSignature
      return { type: 'rules-changed', change: signature, before, after, revision, differences }
    }
    case 'refused':
      return { type: 'rules-refused', change: signatureIn(change), version, problems: outcome.problems.map(placeOf) }
    case 'repeated':
      return { type: 'rules-repeated', change: signatureIn(change), version }
  }
}

const LONGEST = { id: 100, author: 200, reason: 1_000, basedOn: 100 } as const

/** What of a signature is there, in the form that it must have. */
function signatureIn(change: unknown): Partial<ChangeSignature> {
  const given = Object(change) as Readonly<Record<string, unknown>>
  const texts = Object.entries(LONGEST).filter(([field, longest]) => {
    const text = given[field]
    return typeof text === 'string' && text.length <= longest
  })
  return {
    ...Object.fromEntries(texts.map(([field]) => [field, given[field]])),
    ...(Number.isSafeInteger(given.at) && { at: given.at as number }),
  }
}

function placeOf({ path, code }: RuleProblem): { path: string; code: RulesErrorCode } {
  return { path, code }
}
