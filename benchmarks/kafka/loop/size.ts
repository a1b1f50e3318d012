export const READINGS = 400_000
