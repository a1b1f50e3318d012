import { CanaryNet } from './canary-net.ts'

/** The one net of this process. */
export const net: CanaryNet = new CanaryNet().spread()
