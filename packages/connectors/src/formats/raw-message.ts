const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** A message as it stands in a reject: as text where it is one, else in base64. */
export function rawMessage(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return `base64:${bytes.toString('base64')}`
  }
}
