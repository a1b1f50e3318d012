import type { ComparedValue } from './alarm-event.ts'
import type { AlarmRecord } from './alarm-record.ts'
import { isoTime } from './iso-time.ts'

/** How what Millrace has by id is named in FHIR. */
export interface DeviceAlertOptions {
  /** The system of an alarm's id. Default `urn:millrace:alarm`. */
  readonly identifierSystem?: string
  /** The system of a rule's id as a code. Default `urn:millrace:rule`. */
  readonly ruleSystem?: string
  /** Where a patient is found. Default `Patient/<id>`. */
  readonly patient?: (patientId: string) => string
  /** Where who acknowledged is found. Default: by the id alone. */
  readonly practitioner?: (actor: string) => string
  /** The device or gateway that the rules run on, such as `Device/millrace-1`. Default: left out. */
  readonly device?: string
  /** Where the observation of a value is found; without it `derivedFrom`, which must refer to one, is left out. */
  readonly observation?: (value: ComparedValue, record: AlarmRecord) => string | undefined
}

interface Concept {
  readonly coding: readonly { readonly system: string; readonly code: string }[]
  readonly text?: string
}

interface Reference {
  readonly reference?: string
  readonly identifier?: { readonly value: string }
}

interface Period {
  readonly start: string
  readonly end?: string
}

interface DerivedFrom {
  readonly observation: Reference
  readonly limit?: { readonly low?: object; readonly high?: object }
}

/** The fields of a FHIR R6 DeviceAlert that `toDeviceAlert` fills. */
export interface DeviceAlert {
  readonly resourceType: 'DeviceAlert'
  readonly meta: { readonly versionId: string; readonly lastUpdated: string }
  readonly identifier: readonly { readonly system: string; readonly value: string }[]
  readonly status: AlarmRecord['status']
  readonly type: Concept
  readonly priority: Concept
  readonly code: Concept
  readonly subject: Reference
  readonly presence: boolean
  readonly occurrencePeriod: Period
  readonly device?: Reference
  readonly acknowledged: boolean
  readonly acknowledgedBy?: Reference
  readonly derivedFrom?: readonly DerivedFrom[]
  readonly label: string
  readonly signal: readonly {
    readonly activationState: Concept
    readonly presence: Concept
    readonly annunciator: { readonly concept: Concept }
    readonly indication?: Period
  }[]
}

/**
 * An alarm's record as a FHIR DeviceAlert, as JSON. DeviceAlert is a draft of R6: field names and codes are those of HL7's R6 model with
 * `occurrence[x]`, which earlier ballots called `presencePeriod`, and with the code systems at `http://hl7.org/fhir/devicealert-*`.
 *
 * `meta.versionId` is the record's revision. `derivedFrom` is filled where the option `observation` says where they are.
 */
export function toDeviceAlert(record: AlarmRecord, options: DeviceAlertOptions = {}): DeviceAlert {
  const { acknowledged, ended, id, patientId, rule, signal } = record
  const { device, patient = (id: string) => `Patient/${id}`, practitioner } = options
  const derivedFrom = derivedFromOf(record, options)
  return {
    resourceType: 'DeviceAlert',
    meta: { versionId: String(record.revision), lastUpdated: isoTime(record.time) },
    identifier: [{ system: options.identifierSystem ?? 'urn:millrace:alarm', value: id }],
    status: record.status,
    type: concept('type', record.kind),
    priority: concept('priority', record.priority),
    code: { coding: [{ system: options.ruleSystem ?? 'urn:millrace:rule', code: rule }], text: record.label },
    subject: { reference: patient(patientId) },
    presence: record.presence,
    occurrencePeriod: {
      start: isoTime(record.since),
      ...(ended !== undefined && !record.presence && { end: isoTime(ended) }),
    },
    ...(device !== undefined && { device: { reference: device } }),
    acknowledged: acknowledged !== undefined,
    ...(acknowledged !== undefined && {
      acknowledgedBy:
        practitioner === undefined
          ? { identifier: { value: acknowledged.actor } }
          : { reference: practitioner(acknowledged.actor) },
    }),
    ...(derivedFrom.length > 0 && { derivedFrom }),
    label: record.label,
    signal: [
      {
        activationState: concept('activationState', signal.activation),
        presence: concept('presence', signal.presence),
        annunciator: { concept: concept('annunciation', 'remote') },
        ...(signal.since !== undefined && { indication: { start: isoTime(signal.since) } }),
      },
    ],
  }
}

/** With the limit as the range beyond which the value was: a rate above 120 has 120 as its high end. A text is no limit. */
function derivedFromOf(record: AlarmRecord, { observation }: DeviceAlertOptions): DerivedFrom[] {
  if (observation === undefined) return []
  return record.why.values.flatMap((value) => {
    const reference = observation(value, record)
    if (reference === undefined) return []
    const { limit, limitUnit: unit, relation } = value
    const end = relation.startsWith('<') ? 'low' : relation.startsWith('>') ? 'high' : undefined
    if (typeof limit !== 'number' || unit === undefined || end === undefined) return [{ observation: { reference } }]
    const quantity = { value: limit, unit, system: 'http://unitsofmeasure.org', code: unit }
    return [{ observation: { reference }, limit: { [end]: quantity } }]
  })
}

function concept(what: string, code: string): Concept {
  return { coding: [{ system: `http://hl7.org/fhir/devicealert-${what}`, code }] }
}
