/** Which object of a sink it is. The same again when a dead process's work is done over. */
export interface ObjectNumber {
  /** Of the starts from the beginning into one prefix. */
  readonly run: number
  /** The checkpoint that its records came after. */
  readonly after: number
  /** Among the objects that were begun after that checkpoint. */
  readonly index: number
}

/** `low-r1-c000000041-0003`; what follows, in at-least-once, tells one life of the sink from another. */
export function objectName(sink: string, { run, after, index }: ObjectNumber, life: string): string {
  const digits = [`r${run}`, `c${String(after).padStart(9, '0')}`, String(index).padStart(4, '0')]
  return [sinkName(sink), ...digits, ...(life === '' ? [] : [life])].join('-')
}

/** What a key says of its object; `undefined` where another sink, or something else, has written it. */
export function numberOf(sink: string, key: string): ObjectNumber | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1)
  const own = `${sinkName(sink)}-`
  if (!name.startsWith(own)) return undefined
  const [, run, after, index] =
    /^r(\d+)-c(\d{9,})-(\d{4,})(?:-[0-9a-f]{8})?(?:\.[\w.]*)?$/.exec(name.slice(own.length)) ?? []
  return run === undefined ? undefined : { run: Number(run), after: Number(after), index: Number(index) }
}

/** An operator's id as part of a key: what needs no escaping stays, and no two ids become one. */
function sinkName(operatorId: string): string {
  return encodeURIComponent(operatorId).replaceAll(/[%*'()!~]/g, (sign) => `_${sign.charCodeAt(0).toString(16)}`)
}
