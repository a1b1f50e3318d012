export const READINGS = 1_500_000
