/** Freezes a value and all that it holds, so that whoever changes it later fails at once. Views of bytes cannot be frozen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  if (value instanceof Map) for (const [key, entry] of value) deepFreeze([key, entry])
  else if (value instanceof Set) for (const entry of value) deepFreeze(entry)
  Object.freeze(value)
  for (const entry of Object.values(value)) deepFreeze(entry)
  return value
}
