// RxJS in and out of Millrace.
export { type FromObservableOptions, fromObservable, type OverflowPolicy } from './from-observable.ts'
export { type ThroughMetrics, type ThroughOptions, through } from './through.ts'
export { toObservable } from './to-observable.ts'
export { sessionWindow, slidingWindow, tumblingWindow, type WindowOptions } from './windows.ts'
