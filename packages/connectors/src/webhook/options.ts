import type { Template } from '../formats/template.ts'
import { NOTICE_OPTIONS, type NoticeOptions, type ParsedNotices, parseNotices } from '../notices/notice-options.ts'
import { checkNames, invalidOption } from '../option-checks.ts'

export interface WebhookSinkOptions<T> extends NoticeOptions<T> {
  /** What is posted: a `jsonTemplate` or `template` names each field that it lets out. */
  readonly body: Template<T>
  /** Of the body. Default `application/json`. */
  readonly contentType?: string
  /** What each request is signed with: 24 to 64 bytes, as text or as `whsec_` and base64; several while receivers change over. */
  readonly secrets: readonly string[]
  /** Whether addresses may be `http:`; for tests and closed networks. Default false. */
  readonly allowHttp?: boolean
}

export interface ParsedWebhook<T> {
  readonly notices: ParsedNotices<T>
  readonly body: Template<T>
  readonly contentType: string
  readonly secrets: readonly Buffer[]
  readonly allowHttp: boolean
}

const OWN: readonly (keyof WebhookSinkOptions<unknown>)[] = ['body', 'contentType', 'secrets', 'allowHttp']
const NAMES: readonly string[] = [...NOTICE_OPTIONS, ...OWN]

/** Shows nothing of `secrets`. @throws CONNECTOR_OPTION_INVALID */
export function parseWebhook<T>(options: WebhookSinkOptions<T>): ParsedWebhook<T> {
  checkNames('', options, NAMES)
  const { body, secrets, contentType = 'application/json', allowHttp = false } = options
  if (typeof body?.render !== 'function') throw invalidOption('body', 'is no template')
  if (!Array.isArray(secrets) || secrets.length === 0) throw invalidOption('secrets', 'is empty')
  if (typeof contentType !== 'string' || !/^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w-]+)*$/.test(contentType)) {
    throw invalidOption('contentType', 'is no media type')
  }
  if (typeof allowHttp !== 'boolean') throw invalidOption('allowHttp', 'is neither true nor false')
  return { notices: parseNotices(options), body, contentType, secrets: secrets.map(secretOf), allowHttp }
}

function secretOf(secret: unknown): Buffer {
  if (typeof secret !== 'string') throw invalidOption('secrets', 'has what is no text')
  const bytes = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  if (bytes.length >= 24 && bytes.length <= 64) return bytes
  throw invalidOption('secrets', 'has one that is not of 24 to 64 bytes')
}
