export const READINGS = 2_000_000
