import { closestName } from '../expression/closest-name.ts'

// What people write for signals and functions. Never accepted, only proposed: an abbreviation may mean something else.
const MEANT: Readonly<Record<string, string>> = {
  hr: 'heart-rate',
  heartrate: 'heart-rate',
  pr: 'pulse-rate',
  rr: 'respiratory-rate',
  resp: 'respiratory-rate',
  respiration: 'respiratory-rate',
  sao2: 'spo2',
  sats: 'spo2',
  saturation: 'spo2',
  sbp: 'systolic',
  sys: 'systolic',
  dbp: 'diastolic',
  dia: 'diastolic',
  map: 'mean-arterial-pressure',
  temp: 'temperature',
  avg: 'mean',
  average: 'mean',
  minimum: 'min',
  maximum: 'max',
  stddev: 'variability',
  stdev: 'variability',
  sd: 'variability',
  trend: 'slope',
  increase: 'rise',
  decrease: 'fall',
  drop: 'fall',
  readings: 'count',
}

/** The known name that someone may have meant: by what people say, by a near spelling, or as its first word. */
export function meantName(written: string, known: readonly string[]): string | undefined {
  const word = written.toLowerCase()
  const said = Object.hasOwn(MEANT, word) ? MEANT[word] : undefined
  if (said !== undefined && known.includes(said)) return said
  return closestName(written, known) ?? known.find((name) => name.startsWith(`${word}-`))
}
