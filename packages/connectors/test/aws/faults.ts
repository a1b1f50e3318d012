import { setTimeout as sleep } from 'node:timers/promises'
import type { AwsFaultAction, FaultyCall, PeerAnswer } from './aws-fault-proxy.ts'
import { partialOf } from './partial-failures.ts'

/** Refused, with the service's name of the fault: `refuse(400, 'ProvisionedThroughputExceededException')`. The peer has not seen it. */
export function refuse(status: number, code: string): AwsFaultAction {
  return (call) => call.answer(errorAnswer(call, status, code))
}

/** The connection breaks before the peer has seen the call. */
export function cutBefore(): AwsFaultAction {
  return (call) => call.cut()
}

/** The peer has done it, and its answer is lost. */
export function cutAfter(): AwsFaultAction {
  return async (call) => {
    await call.forward()
    call.cut()
  }
}

/** The peer has done it, and the answer says that it failed. */
export function refuseAfter(status: number, code: string): AwsFaultAction {
  return async (call) => {
    await call.forward()
    call.answer(errorAnswer(call, status, code))
  }
}

export function delay(ms: number): AwsFaultAction {
  return async (call) => {
    await sleep(ms)
    call.answer(await call.forward())
  }
}

/** No answer ever comes; the peer has not seen the call. */
export function stall(): AwsFaultAction {
  return () => undefined
}

/** The answer's JSON is changed on its way. */
export function rewrite(change: (answer: Record<string, unknown>) => Record<string, unknown>): AwsFaultAction {
  return async (call) => {
    const answer = await call.forward()
    const body = Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString()))))
    call.answer({ ...answer, headers: withoutChecksum(answer), body })
  }
}

/**
 * Of a batch call, the entries with these indexes fail with `code`, and the peer does the others: PutRecords, PutRecordBatch,
 * PublishBatch, SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch, BatchWriteItem, BatchGetItem (unprocessed).
 */
export function failEntries(fails: (index: number) => boolean, code: string): AwsFaultAction {
  return async (call) => {
    const partial = partialOf(call.operation.name, call.body, fails)
    const answer = partial.rest === undefined ? noAnswer(call) : await call.forward(partial.rest)
    if (answer.status !== 200) return call.answer(answer)
    const body = Buffer.from(partial.merge(answer.body.toString(), code))
    call.answer({ ...answer, headers: withoutChecksum(answer), body })
  }
}

const JSON_TYPE = 'application/x-amz-json-1.1'

function noAnswer({ operation }: FaultyCall): PeerAnswer {
  const isJson = operation.protocol === 'json'
  return { status: 200, headers: { 'content-type': isJson ? JSON_TYPE : 'text/xml' }, body: Buffer.alloc(0) }
}

/** A peer's checksum is of what it said. */
function withoutChecksum({ headers }: PeerAnswer): PeerAnswer['headers'] {
  const { 'x-amz-crc32': _, 'content-length': __, ...kept } = headers
  return kept
}

function errorAnswer({ operation }: FaultyCall, status: number, code: string): PeerAnswer {
  const said = 'made bad on purpose'
  switch (operation.protocol) {
    case 'json':
      return {
        status,
        headers: { 'content-type': JSON_TYPE, 'x-amzn-requestid': 'fault' },
        body: Buffer.from(JSON.stringify({ __type: code, message: said })),
      }
    case 'query':
      return xml(
        status,
        `<ErrorResponse><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${said}</Message></Error><RequestId>fault</RequestId></ErrorResponse>`,
      )
    case 's3':
      return xml(status, `<Error><Code>${code}</Code><Message>${said}</Message><RequestId>fault</RequestId></Error>`)
  }
}

function xml(status: number, body: string): PeerAnswer {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) }
}
