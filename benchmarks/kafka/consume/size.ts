export const READINGS = 1_000_000
