import { at, describe, type Problems } from '../schema/problems.ts'
import type { RuleChange } from './rule-change.ts'

type Fields = Readonly<Record<string, unknown>>

const SIGNATURE = ['id', 'at', 'author', 'reason', 'basedOn']
const DELTA = ['put', 'remove', 'removeNames', 'disable', 'enable', 'limits']
const NAMES = ['definitions', 'schedules', 'attributes', 'validFor']

/** A change as it was given, if it is one: what it holds of rules is not looked at. */
export function checkRuleChange(value: unknown, problems: Problems): RuleChange | undefined {
  const object = problems.object(value, '')
  if (object === undefined) return undefined
  problems.unknownFields(object, [...SIGNATURE, 'set', 'rollBack', ...DELTA], '')
  checkSignature(object, problems)
  const kinds = ['set', 'rollBack', DELTA.find((field) => object[field] !== undefined) ?? '']
  const given = kinds.filter((field) => object[field] !== undefined)
  if (given.length === 0)
    problems.add('', 'RULES_FIELD_MISSING', 'it changes nothing: it needs a set, parts, or a version')
  if (given.length > 1) {
    problems.add(given[1] as string, 'RULES_FIELD_UNKNOWN', `a change with ${given[0]} has no ${given[1]}`)
  }
  if (object.rollBack !== undefined) checkText(object.rollBack, 'rollBack', 100, problems)
  for (const field of ['put', 'set']) {
    if (object[field] !== undefined && typeof object[field] !== 'string') problems.object(object[field], field)
  }
  for (const field of ['remove', 'disable', 'enable']) checkIds(object[field], field, problems)
  checkNames(object.removeNames, problems)
  return problems.list.length > 0 ? undefined : (object as unknown as RuleChange)
}

function checkSignature(object: Fields, problems: Problems): void {
  checkText(object.id, 'id', 100, problems)
  checkText(object.author, 'author', 200, problems)
  checkText(object.reason, 'reason', 1_000, problems)
  if (object.basedOn !== undefined) checkText(object.basedOn, 'basedOn', 100, problems)
  if (object.at === undefined) problems.add('at', 'RULES_FIELD_MISSING', 'a time in ms since 1970 UTC is needed')
  else if (!Number.isSafeInteger(object.at)) {
    problems.add('at', 'RULES_TYPE_INVALID', `a time in whole ms since 1970 UTC is needed, got ${describe(object.at)}`)
  }
}

function checkText(value: unknown, path: string, longest: number, problems: Problems): void {
  const what = `a text of 1 to ${longest} characters is needed`
  if (value === undefined) problems.add(path, 'RULES_FIELD_MISSING', what)
  else if (typeof value !== 'string' || value.trim() === '' || value.length > longest) {
    problems.add(path, 'RULES_TYPE_INVALID', what)
  }
}

function checkIds(value: unknown, path: string, problems: Problems): void {
  if (value === undefined) return
  for (const [i, id] of (problems.array(value, path) ?? []).entries()) {
    if (typeof id !== 'string') problems.add(at(path, i), 'RULES_ID_INVALID', `${describe(id)} is no id`)
  }
}

function checkNames(value: unknown, problems: Problems): void {
  if (value === undefined) return
  const object = problems.object(value, 'removeNames')
  if (object === undefined) return
  problems.unknownFields(object, NAMES, 'removeNames')
  for (const kind of NAMES) checkIds(object[kind], at('removeNames', kind), problems)
}
