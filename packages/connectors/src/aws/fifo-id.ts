import { invalidOption } from '../option-checks.ts'

/** A group's or a de-duplication id. What a function gave may be data: it is not shown. @throws CONNECTOR_OPTION_INVALID */
export function checkedFifoId(name: 'groupId' | 'deduplicationId', id: unknown): string {
  if (typeof id === 'string' && /^[!-~]{1,128}$/.test(id)) return id
  throw invalidOption(name, 'gave what is not 1 to 128 ASCII characters without a space')
}
