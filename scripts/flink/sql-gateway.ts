import { setTimeout as sleep } from 'node:timers/promises'
import type { Cell, Row } from './compare-rows.ts'

/** A page of a statement's result, as the gateway's REST interface (v4) gives it. */
interface ResultPage {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS'
  readonly nextResultUri?: string
  readonly results?: {
    readonly columns: readonly { readonly name: string; readonly logicalType: { readonly type: string } }[]
    readonly data: readonly { readonly kind: string; readonly fields: readonly Cell[] }[]
  }
}

/** A session at Flink's SQL gateway: tables and settings of its own. */
export class SqlSession {
  readonly #url: string
  readonly #signal: AbortSignal

  private constructor(url: string, signal: AbortSignal) {
    this.#url = url
    this.#signal = signal
  }

  /** `settings` are Flink's, by their names. The signal ends whatever the session is waiting for. */
  static async open(
    gateway: string,
    settings: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SqlSession> {
    const opened = await request<{ sessionHandle: string }>('POST', `${gateway}/sessions`, signal, {
      properties: settings,
    })
    return new SqlSession(`${gateway}/sessions/${opened.sessionHandle}`, signal)
  }

  /**
   * Runs a statement to its end and resolves with its rows; times are ms since 1970 UTC.
   *
   * With `updates` the newer forms of rows are rows too.
   *
   * @throws where Flink refuses it, with Flink's reason, where it takes a row away, and without `updates` where it changes one.
   */
  async execute(statement: string, { updates }: { readonly updates: boolean } = { updates: false }): Promise<Row[]> {
    const { operationHandle } = await request<{ operationHandle: string }>(
      'POST',
      `${this.#url}/statements`,
      this.#signal,
      { statement },
    )
    const operation = `${this.#url}/operations/${operationHandle}`
    const rows: Row[] = []
    try {
      let next = `${operation}/result/0?rowFormat=JSON`
      for (;;) {
        const page = await request<ResultPage>('GET', next, this.#signal)
        for (const row of rowsOf(page, updates)) rows.push(row)
        if (page.resultType === 'EOS') return rows
        if (page.nextResultUri !== undefined) next = new URL(page.nextResultUri, operation).href
        if ((page.results?.data.length ?? 0) === 0) await sleep(20, undefined, { signal: this.#signal })
      }
    } finally {
      // Stops the statement's job where it is still running. A gateway that is gone has none.
      await request('DELETE', `${operation}/close`, AbortSignal.timeout(5_000)).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await request('DELETE', this.#url, AbortSignal.timeout(5_000)).catch(() => undefined)
  }
}

function rowsOf({ results }: ResultPage, updates: boolean): Row[] {
  if (results === undefined) return []
  const kinds = updates ? ['INSERT', 'UPDATE_AFTER'] : ['INSERT']
  const rows: Row[] = []
  for (const { kind, fields } of results.data) {
    if (updates && kind === 'UPDATE_BEFORE') continue
    if (!kinds.includes(kind)) throw new Error(`Flink changed a row that it had given (${kind})`)
    const cells = results.columns.map(({ name, logicalType }, i) => [name, cellOf(fields[i] ?? null, logicalType.type)])
    rows.push(Object.fromEntries(cells))
  }
  return rows
}

/** Flink writes times as `2026-01-01T00:00:11.5`, those in a time zone with a `Z`. */
function cellOf(cell: Cell, type: string): Cell {
  if (!type.startsWith('TIMESTAMP') || typeof cell !== 'string') return cell
  return Date.parse(cell.endsWith('Z') ? cell : `${cell}Z`)
}

async function request<T>(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<T> {
  const response = await fetch(url, {
    method,
    signal,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(reasonIn(text) ?? `${method} ${url}: ${response.status}`)
  return JSON.parse(text) as T
}

/** The one useful line of the gateway's error: the last cause in a stack trace of Java. */
function reasonIn(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors: readonly string[] }
    const causes = errors
      .flatMap((error) => error.split('\n'))
      .filter((line) => /^(Caused by: |[\w.]+Exception)/.test(line))
    return causes.at(-1)?.replace('Caused by: ', '') ?? errors[0]
  } catch {
    return undefined
  }
}
