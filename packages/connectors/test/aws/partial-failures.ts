/** A batch call taken apart: what the peer is given of it, and the answer that the service would have given to the whole. */
export interface PartialCall {
  /** `undefined` where nothing is left. */
  readonly rest: string | undefined
  /** `answer` is empty where the peer has not been asked. */
  merge(answer: string, code: string): string
}

type Json = Record<string, unknown>

export function partialOf(operation: string, body: Buffer, fails: (index: number) => boolean): PartialCall {
  switch (operation) {
    case 'PutRecords':
      return byIndex(body, fails, 'Records', 'FailedRecordCount')
    case 'PutRecordBatch':
      return byIndex(body, fails, 'RequestResponses', 'FailedPutCount')
    case 'SendMessageBatch':
    case 'DeleteMessageBatch':
    case 'ChangeMessageVisibilityBatch':
      return byId(body, fails)
    case 'PublishBatch':
      return byMember(body, fails)
    case 'BatchWriteItem':
      return unprocessed(body, fails, 'UnprocessedItems')
    case 'BatchGetItem':
      return unprocessedKeys(body, fails)
    default:
      throw new Error(`${operation} is no batch call that is known here`)
  }
}

/** An answer with an entry for each of the call's, at its index. */
function byIndex(body: Buffer, fails: (index: number) => boolean, entries: string, failed: string): PartialCall {
  const call = JSON.parse(body.toString()) as { Records: unknown[] }
  const rest = call.Records.filter((_, index) => !fails(index))
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify({ ...call, Records: rest }),
    merge(answer, code) {
      const said = (answer === '' ? {} : JSON.parse(answer)) as Json
      const taken = ((said[entries] ?? []) as unknown[]).values()
      const merged = call.Records.map((_, index) =>
        fails(index) ? { ErrorCode: code, ErrorMessage: 'made bad on purpose' } : taken.next().value,
      )
      const before = Number(said[failed] ?? 0)
      return JSON.stringify({
        ...said,
        [failed]: before + call.Records.length - rest.length,
        [entries]: merged,
      })
    },
  }
}

/** SQS: entries have ids. */
function byId(body: Buffer, fails: (index: number) => boolean): PartialCall {
  const call = JSON.parse(body.toString()) as { Entries: { Id: string }[] }
  const rest = call.Entries.filter((_, index) => !fails(index))
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify({ ...call, Entries: rest }),
    merge(answer, code) {
      const said = (answer === '' ? {} : JSON.parse(answer)) as { Successful?: unknown[]; Failed?: unknown[] }
      const failed = call.Entries.filter((_, index) => fails(index)).map(({ Id }) => ({
        Id,
        Code: code,
        SenderFault: false,
        Message: 'made bad on purpose',
      }))
      return JSON.stringify({ Successful: said.Successful ?? [], Failed: [...(said.Failed ?? []), ...failed] })
    },
  }
}

const MEMBER = /^PublishBatchRequestEntries\.member\.(\d+)\.(.+)$/

/** SNS, by the query protocol: members are numbered from 1. */
function byMember(body: Buffer, fails: (index: number) => boolean): PartialCall {
  const form = new URLSearchParams(body.toString())
  const rest = new URLSearchParams()
  const numbers = new Map<number, number>()
  const failed: string[] = []
  for (const [name, value] of form) {
    const [, number, field] = MEMBER.exec(name) ?? []
    if (number === undefined || field === undefined) {
      rest.append(name, value)
      continue
    }
    if (fails(Number(number) - 1)) {
      if (field === 'Id') failed.push(value)
      continue
    }
    const renumbered = numbers.get(Number(number)) ?? numbers.size + 1
    numbers.set(Number(number), renumbered)
    rest.append(`PublishBatchRequestEntries.member.${renumbered}.${field}`, value)
  }
  return {
    rest: numbers.size === 0 ? undefined : rest.toString(),
    merge(answer, code) {
      const members = failed.map(
        (id) =>
          `<member><Id>${id}</Id><Code>${code}</Code><Message>made bad on purpose</Message><SenderFault>false</SenderFault></member>`,
      )
      const successful = /<Successful>[\s\S]*<\/Successful>/.exec(answer)?.[0] ?? ''
      const before = /<Failed>([\s\S]*)<\/Failed>/.exec(answer)?.[1] ?? ''
      return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>${successful}<Failed>${before}${members.join('')}</Failed></PublishBatchResult><ResponseMetadata><RequestId>fault</RequestId></ResponseMetadata></PublishBatchResponse>`
    },
  }
}

/** DynamoDB: items are numbered through all tables, in the call's order. */
function unprocessed(body: Buffer, fails: (index: number) => boolean, field: string): PartialCall {
  const call = JSON.parse(body.toString()) as { RequestItems: Record<string, unknown[]> }
  const kept: Record<string, unknown[]> = {}
  const left: Record<string, unknown[]> = {}
  let index = 0
  for (const [table, items] of Object.entries(call.RequestItems)) {
    for (const item of items) {
      const into = fails(index++) ? left : kept
      into[table] = [...(into[table] ?? []), item]
    }
  }
  return {
    rest: Object.keys(kept).length === 0 ? undefined : JSON.stringify({ ...call, RequestItems: kept }),
    merge(answer) {
      const said = (answer === '' ? {} : JSON.parse(answer)) as Json
      return JSON.stringify({ ...said, [field]: { ...(said[field] as Json | undefined), ...left } })
    },
  }
}

function unprocessedKeys(body: Buffer, fails: (index: number) => boolean): PartialCall {
  const call = JSON.parse(body.toString()) as { RequestItems: Record<string, { Keys: unknown[] }> }
  const kept: Record<string, Json> = {}
  const left: Record<string, Json> = {}
  let index = 0
  for (const [table, request] of Object.entries(call.RequestItems)) {
    const split = Map.groupBy(request.Keys, () => fails(index++))
    const [stays, goes] = [split.get(true), split.get(false)]
    if (stays !== undefined) left[table] = { ...request, Keys: stays }
    if (goes !== undefined) kept[table] = { ...request, Keys: goes }
  }
  return {
    rest: Object.keys(kept).length === 0 ? undefined : JSON.stringify({ ...call, RequestItems: kept }),
    merge(answer) {
      const said = (answer === '' ? { Responses: {} } : JSON.parse(answer)) as Json
      return JSON.stringify({ ...said, UnprocessedKeys: { ...(said.UnprocessedKeys as Json | undefined), ...left } })
    },
  }
}
