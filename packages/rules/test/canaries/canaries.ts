/** What is planted in readings and must not leave by a way that nobody asked for: texts that nothing else contains. */
export const CANARIES: Readonly<Record<'name' | 'phone' | 'address' | 'email', string>> = {
  name: 'Canary Kestrel-Quill',
  phone: '+49-151-70067131',
  address: 'Finch Row 7731 "rear"',
  email: 'kestrel.quill@canary.example',
}
/** The same of numbers. */
export const CANARY_VALUE = 67.4133719

/** Values of vital signs with fewer digits stand in limits and times, too. */
const LEAST_LENGTH = 8

/** A value of a reading that is told apart from any other number, as a text. */
export function tellingValue(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const text = String(value)
  return text.length >= LEAST_LENGTH && /\.\d{4,}/.test(text) ? text : undefined
}

/** Which canaries stand in a text, as they are or as they are often written: in JSON, in a URL, in Base64 at any offset, in hexadecimal digits. */
export function canariesIn(text: string, others: Iterable<string> = []): string[] {
  return [...PLANTED, ...others].filter((canary) => formsOf(canary).some((form) => text.includes(form)))
}

const PLANTED = [...Object.values(CANARIES), String(CANARY_VALUE)]
const forms = new Map<string, readonly string[]>()

function formsOf(canary: string): readonly string[] {
  // A value's forms are not kept: there are many values.
  if (!PLANTED.includes(canary)) return [canary]
  const known = forms.get(canary)
  if (known !== undefined) return known
  const bytes = Buffer.from(canary)
  const made = [
    canary,
    JSON.stringify(canary).slice(1, -1),
    encodeURIComponent(canary),
    new URLSearchParams({ x: canary }).toString().slice(2),
    bytes.toString('hex'),
    ...[0, 1, 2].map((offset) => inBase64(bytes, offset)),
  ]
  forms.set(canary, made)
  return made
}

/** The part of its Base64 that does not depend on what stands around it. */
function inBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(first, last)
}
