import type { EntryFailure } from '../calls/batch-sender.ts'
import { AwsFault } from './aws-fault.ts'
import { entryFailure, requestFailure } from './batch-failures.ts'

/** An answer that names entries by their ids, those that were taken and those that were not. */
export interface AnswerById {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined
  readonly Failed?:
    | readonly {
        readonly Id: string | undefined
        readonly Code: string | undefined
        readonly SenderFault?: boolean | undefined
      }[]
    | undefined
}

/** What each of these entries met. One that the answer does not speak of is as good as not answered. */
export function resultsById(
  what: string,
  ids: readonly string[],
  { Successful = [], Failed = [] }: AnswerById,
): readonly (EntryFailure | undefined)[] {
  const taken = new Set(Successful.map(({ Id }) => Id))
  const refused = new Map(Failed.map((failure) => [failure.Id, failure]))
  return ids.map((id) => {
    if (taken.has(id)) return undefined
    const failure = refused.get(id)
    if (failure === undefined) return requestFailure(what, new AwsFault('unavailable', 'MissingResultEntry'))
    return entryFailure(what, failure.Code, failure.SenderFault === true)
  })
}
