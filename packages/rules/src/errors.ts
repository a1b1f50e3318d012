/** The advice that follows the message of each code, one line a code; `docs/errors.md` says more. */
export const RULES_ERRORS = {
  RULES_INVALID: { advice: 'mend each mistake at the path that is named; no rule of the set is in force' },
  RULES_FORMAT_UNSUPPORTED: { advice: 'write "format": 1, or 2' },
  RULES_TYPE_INVALID: { advice: 'give the kind of value that the message asks for' },
  RULES_FIELD_MISSING: { advice: 'add the field' },
  RULES_FIELD_UNKNOWN: { advice: 'remove the field, or mend its name' },
  RULES_VALUE_INVALID: { advice: 'choose one of the values that the message lists' },
  RULES_ID_INVALID: { advice: 'use letters, digits, dots, dashes and underscores, starting with a letter or digit' },
  RULES_ID_DUPLICATE: { advice: 'give each rule of a set an id of its own' },
  RULES_SIGNAL_UNKNOWN: { advice: 'use one of the signals that the message lists' },
  RULES_QUANTITY_INVALID: { advice: 'write a finite number and a UCUM unit: "88 %" or { "value": 88, "unit": "%" }' },
  RULES_UNIT_UNKNOWN: { advice: 'write a UCUM unit that Millrace knows; UCUM tells upper from lower case' },
  RULES_UNIT_MISMATCH: { advice: 'write a unit that measures what the signal measures' },
  RULES_DURATION_INVALID: { advice: "write a whole number with ms, s, m, h or d, such as '30s', or a number of ms" },
  RULES_CONDITION_INVALID: { advice: 'write one comparison, one of and / or / not, or one silence' },
  RULES_CONDITION_TOO_DEEP: { advice: 'nest fewer and / or / not' },
  RULES_EXPRESSION_INVALID: { advice: 'write a value as docs/concepts/rule-language.md says' },
  RULES_FUNCTION_UNKNOWN: { advice: 'use one of the functions that the message lists' },
  RULES_TYPE_MISMATCH: { advice: 'put together only what measures the same, or a number' },
  RULES_ATTRIBUTE_UNKNOWN: { advice: 'declare the attribute in the rule set, or mend its name' },
  RULES_DEFINITION_UNKNOWN: { advice: 'define the name in the rule set, or mend it' },
  RULES_DEFINITION_CYCLE: { advice: 'let no definition use itself, directly or through another' },
  RULES_SCHEDULE_UNKNOWN: { advice: 'give the rule set a schedule of that name, or mend the name' },
  RULES_SCHEDULE_INVALID: { advice: 'write from and to as 22:00, days as mon to sun, and an IANA time zone' },
  RULES_NAME_TAKEN: { advice: 'choose a name that is no signal, function, attribute or word of the language' },
  RULES_TABLE_HOLE: { advice: 'add a row for these values, or make the table continuous' },
  RULES_TABLE_OVERLAP: { advice: 'let each value belong to one row' },
  RULES_RANGE_EMPTY: { advice: 'write the lower end of a range first' },
  RULES_COUNT_INVALID: { advice: 'write count and of as whole numbers, 1 <= count <= of <= 100' },
  RULES_LIMIT_UNKNOWN: { advice: 'give the limit a default in limits.default, or mend its name' },
  RULES_LIMIT_OUT_OF_RANGE: {
    advice: 'give the patient a limit in the range that the set allows (limits.own), or have the range changed first',
  },
  RULES_LIMIT_TOO_LONG: {
    advice: 'give it in a change, with an end (until) no later than that, and again when it is still needed',
  },
  RULES_TEXT_INVALID: {
    advice: 'mend the text where the caret stands; docs/concepts/rule-language.md has the grammar',
  },
  RULES_TEXT_UNSUPPORTED: {
    advice: 'write the rule without it; docs/concepts/rule-language.md says what there is',
  },
  RULES_NAME_UNKNOWN: { advice: 'name what is there; the history says what is in force' },
  RULES_VERSION_UNKNOWN: { advice: 'name a version of the history; the oldest ones may have been let go' },
  RULES_CHANGE_CONFLICT: { advice: 'look at the version in force, and make the change on that one' },
  RULES_CHANGES_CLOSED: {
    advice: 'bring it to a job that runs, under the same id: what is in force already is not done again',
  },
  RULES_OPTION_INVALID: { advice: 'pass a value in the range that the message names' },
  RULES_STATE_OF_OTHER_RULES: {
    advice: 'resume with a rule set of the history that wrote the state, and give the change as a RuleChange',
  },
  RULES_CLOCK_MISSING: {
    advice: 'give each source of alarms and actions watermarks with timestamps; alone, give the time with the call',
  },
  RULES_EVALUATION_FAILED: { advice: 'the rule could not be evaluated and is blind for this patient; report the rule' },
  RULES_INPUT_UNKNOWN: { advice: 'find why the value does not come; until it does the rule sees nothing' },
  READING_TIME_INVALID: { advice: 'give each reading its time as a finite number of ms since 1970 UTC' },
  READING_TIME_AHEAD: { advice: "mend the device's clock, or allow more with the option maxAhead" },
  READING_VALUE_INVALID: { advice: 'give a finite number, { value, unit }, or a blank: null, NaN or an empty text' },
  READING_UNIT_UNKNOWN: { advice: 'send a UCUM unit that Millrace knows' },
  READING_ATTRIBUTE_INVALID: {
    advice: 'give a text, a finite number, { value, unit }, or null, as the attribute is declared',
  },
  READING_UNIT_MISMATCH: { advice: 'send a unit that measures what the signal measures' },
  ACTION_UNKNOWN: { advice: 'send one of the actions of AlarmAction' },
  ACTION_PATIENT_INVALID: { advice: 'say whose alarms it is about: a patientId' },
  ACTION_ACTOR_INVALID: { advice: 'say who it was: an id of 1 to 200 characters' },
  ACTION_REASON_INVALID: { advice: 'say why, in 1 to 1,000 characters' },
  ACTION_ALARM_UNKNOWN: { advice: 'name an alarm by its id while it goes on; it may be over by now' },
  ACTION_RULE_UNKNOWN: { advice: 'name a rule of the set' },
  ACTION_ROLE_UNKNOWN: { advice: 'name a role that a rule notifies, or that the option roles has' },
  ACTION_RECIPIENTS_INVALID: { advice: 'give 1 to 100 ids of recipients, of visible ASCII characters' },
  ACTION_NOTICE_INVALID: { advice: "give the notice's key, and a code of at most 100 characters" },
  ACTION_EXPIRY_INVALID: { advice: 'give an end that is still to come, in ms since 1970 UTC' },
  ACTION_EXPIRY_TOO_LONG: { advice: 'choose an earlier end; the options of manageAlarms say how long it may last' },
} as const

export type RulesErrorCode = keyof typeof RULES_ERRORS

/** One mistake in a rule set: where it stands, and what is wrong there. */
export interface RuleProblem {
  /** Such as `rules[2].when.below.unit`; empty for the whole. */
  readonly path: string
  readonly code: RulesErrorCode
  readonly message: string
  /** Where the rules were read from words: the place, counted from 1, and the line with a caret below the place. */
  readonly position?: { readonly line: number; readonly column: number; readonly excerpt: string }
}

/**
 * Every error that this package throws on purpose. A rule set with mistakes is refused as a whole with RULES_INVALID, and
 * `problems` names all of them. No message carries a patient's value.
 */
export class MillraceRulesError extends Error {
  readonly code: RulesErrorCode
  readonly problems: readonly RuleProblem[]
  /** Always false: trying again changes nothing. */
  readonly retryable: boolean = false

  constructor(
    code: RulesErrorCode,
    what: string,
    options: { cause?: unknown; problems?: readonly RuleProblem[] } = {},
  ) {
    super(`${what} (${code}): ${RULES_ERRORS[code].advice}`, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'MillraceRulesError'
    this.code = code
    this.problems = options.problems ?? []
  }
}

/**
 * A mistake as a person reads it: its place, what is wrong and what was probably meant; of rules in words with the line and a caret.
 *
 * @example
 * ```ts
 * import { MillraceRulesError, parseRules, problemText } from '@millrace/rules'
 *
 * try {
 *   parseRules('alarm low\n  when spo3 < 88 %')
 * } catch (error) {
 *   const [problem] = (error as MillraceRulesError).problems
 *   problem && problemText(problem).split('\n')[0] // => 'line 2, column 8: unknown signal "spo3"; did you mean spo2?'
 * }
 * ```
 */
export function problemText({ path, message, position }: RuleProblem): string {
  if (position === undefined) return `${path === '' ? '(the whole)' : path}: ${message}`
  return `line ${position.line}, column ${position.column}: ${message}\n${position.excerpt.replace(/^/gm, '    ')}`
}

/** Throws RULES_INVALID with every mistake on a line of its own, or returns when there is none. */
export function refuseProblems(problems: readonly RuleProblem[]): void {
  if (problems.length === 0) return
  const lines = problems.map(lineOf)
  const what = lines.length === 1 ? (lines[0] as string) : `${lines.length} mistakes:\n  ${lines.join('\n  ')}\n`
  throw new MillraceRulesError('RULES_INVALID', what, { problems })
}

function lineOf({ path, code, message, position }: RuleProblem): string {
  if (position === undefined) return `${path === '' ? '(the whole)' : path}: ${message} [${code}]`
  const { line, column, excerpt } = position
  return `line ${line}, column ${column}: ${message} [${code}]\n${excerpt.replace(/^/gm, '    ')}\n`
}
