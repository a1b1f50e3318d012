import { isSignal, type Signal } from './signals.ts'

/** The signal that a limit is of, by its name: `heartRate.high` is one of heartRate. */
export function limitSignal(name: string): Signal | undefined {
  const signal = name.slice(0, Math.max(0, name.indexOf('.')))
  return isSignal(signal) ? signal : undefined
}
