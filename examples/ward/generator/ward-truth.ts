/**
 * Against which windows and watermark a reading is called late: the gateways' lines are read in the order of their receive
 * time (at one time, in the order of the gateways), each gateway has its own watermark, the least of them counts.
 */
export interface LatenessOptions {
  /** Length of the tumbling windows. Default 60,000. */
  readonly windowMs?: number
  /** How far the watermark is held behind the newest reading. Default 5,000. */
  readonly outOfOrdernessMs?: number
  /** A reading further ahead of its arrival than this moves no watermark. Default 60,000. */
  readonly maxFutureMs?: number
  /** A gateway that has given nothing for this long no longer holds the watermark back. Default: it always does. */
  readonly idleAfterMs?: number
}

/** One injected episode. Readings whose true time lies in `[from, to)` are touched. */
export interface TruthEpisode {
  readonly patientId: string
  readonly gateway: string
  readonly from: number
  readonly to: number
  /** Lines that carry it; for a silent device, lines that are missing. */
  readonly lines: number
  /** Which form of its kind: `desaturation`, `null`, `ahead`. */
  readonly form?: string
  /** Deterioration: when it is at its worst, and what holds for the named vital all that while. */
  readonly plateau?: { readonly from: number; readonly to: number; readonly vital: string; readonly holds: string }
  readonly clockOffsetMs?: number
}

/** One injected line. `line` is its number in the gateway, as `RawLine.position` has it. */
export interface TruthLine {
  readonly patientId: string
  readonly gateway: string
  readonly line: number
  /** When it was measured. */
  readonly time: number
  readonly form?: string
}

/** What is in a generated ward. Plain JSON. */
export interface WardTruth {
  readonly format: 'millrace-ward-truth/1'
  readonly seed: number
  readonly parameters: {
    readonly patients: number
    readonly durationMs: number
    readonly startMs: number
    readonly patientsPerGateway: number
  }
  readonly gateways: readonly { readonly id: string; readonly patients: readonly string[]; readonly lines: number }[]
  readonly counts: {
    /** All of them: `readings + broken.total + duplicates`. */
    readonly lines: number
    /** Lines that are whole, known by patient and unit, and no copy. What a job should keep. */
    readonly readings: number
    /** An unknown unit counts as broken: what it means can only be guessed. */
    readonly broken: Tally<'truncated' | 'garbage' | 'missingPatientId' | 'unknownUnit'>
    /** Second copies. */
    readonly duplicates: number
    /** Readings in Fahrenheit. */
    readonly unitConversions: number
    /** Readings with one value that no living body has; the others are good. */
    readonly impossibleValues: Tally<'spo2' | 'temperature' | 'heartRate'>
    /** Readings whose time is hours ahead or years behind. */
    readonly wrongClock: Tally<'ahead' | 'behind'>
    /** Readings without SpO2: null or zero. */
    readonly probeOff: Tally<'null' | 'zero'>
    /** Seconds for which a device was silent. */
    readonly silentSeconds: number
    /** Readings held up by the network: `within` the 5 s that a watermark usually waits, `beyond` them, or sent later in one go. */
    readonly delayed: Tally<'within' | 'beyond' | 'outage'>
  }
  /** Measured on the order of arrival in the whole ward. */
  readonly lateness: LatenessOptions & {
    /** Readings older than the watermark before them, whatever the reason. */
    readonly beyondBound: Tally<'delayed' | 'wrongClock'>
    /** Readings whose window `[start, end)` was closed when they came: `end - 1` was at or below the watermark. */
    readonly late: Tally<'delayed' | 'wrongClock'>
  }
  readonly episodes: {
    readonly deterioration: readonly TruthEpisode[]
    readonly probeOff: readonly TruthEpisode[]
    readonly silentDevice: readonly TruthEpisode[]
    readonly outage: readonly TruthEpisode[]
    readonly wrongClock: readonly TruthEpisode[]
    readonly fahrenheit: readonly TruthEpisode[]
  }
  readonly lines: {
    readonly broken: readonly TruthLine[]
    readonly duplicates: readonly TruthLine[]
    readonly impossibleValues: readonly TruthLine[]
    readonly delayedBeyond: readonly TruthLine[]
  }
}

export type Tally<K extends string> = { readonly total: number } & { readonly [key in K]: number }
