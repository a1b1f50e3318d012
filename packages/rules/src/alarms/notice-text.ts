import { MillraceRulesError } from '../errors.ts'
import { isSignal } from '../expression/signals.ts'
import { describe } from '../schema/problems.ts'
import type { AlarmEvent } from './alarm-event.ts'
import { isoTime } from './iso-time.ts'

/** What a template may name; besides, `{value.spo2}` and `{unit.spo2}` for each signal that the alarm rests on. */
const TEXT_FIELDS = ['priority', 'rule', 'because', 'kind', 'patient', 'alarm', 'condition', 'time'] as const
type TextField = (typeof TEXT_FIELDS)[number]

export type NoticeText = (event: AlarmEvent, id: string) => string

/**
 * The text of a notice from a template, such as `{priority}: {because} ({rule})`. What a template does not name is not told.
 *
 * `{patient}` is the patient's id, `{condition}` the rule's condition in words, `{time}` the alarm's time in UTC;
 * `{value.spo2}` a value of the patient, `?` where it is unknown.
 *
 * @throws RULES_OPTION_INVALID for a name that means nothing.
 */
export function noticeText(template: unknown): NoticeText {
  if (typeof template !== 'string' || template === '') {
    throw new MillraceRulesError('RULES_OPTION_INVALID', `the notices' text ${describe(template)} is no template`)
  }
  const parts = template.split(/\{([^{}]*)\}/)
  const writers = parts.map((part, i) => (i % 2 === 0 ? () => part : writerOf(part)))
  return (event, id) => writers.map((write) => write(event, id)).join('')
}

function writerOf(name: string): NoticeText {
  const [what, signal, ...more] = name.split('.')
  if ((what === 'value' || what === 'unit') && more.length === 0 && signal !== undefined && isSignal(signal)) {
    return ({ why }) => String(why.values.find((compared) => compared.signal === signal)?.[what] ?? '?')
  }
  if (!TEXT_FIELDS.includes(name as TextField)) {
    const known = TEXT_FIELDS.map((field) => `{${field}}`).join(', ')
    const what = `the notices' text names ${describe(name)}, and may name ${known}, {value.<signal>} and {unit.<signal>}`
    throw new MillraceRulesError('RULES_OPTION_INVALID', what)
  }
  return (event, id) => fieldOf(name as TextField, event, id)
}

function fieldOf(field: TextField, event: AlarmEvent, id: string): string {
  switch (field) {
    case 'priority':
      return event.priority
    case 'rule':
      return event.rule
    case 'because':
      return event.why.because ?? event.rule
    case 'kind':
      return event.why.kind
    case 'patient':
      return event.patientId
    case 'alarm':
      return id
    case 'condition':
      return event.why.condition
    case 'time':
      return isoTime(event.time)
  }
}
