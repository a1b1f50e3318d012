/** Where a token begins and ends. */
export interface Token {
  readonly from: number
  readonly to: number
}

/** Keeps what a parser takes from a text, and where sections and the lines of their bodies begin. */
export class TokenLog {
  readonly tokens: Token[] = []
  readonly #begins: Map<number, 'section' | 'line'> = new Map()

  took(from: number, to: number): void {
    // The parser looks at a number twice where it may be a count.
    while (this.tokens.length > 0 && (this.tokens.at(-1) as Token).from >= from) this.tokens.pop()
    if (to > from) this.tokens.push({ from, to })
  }

  begin(offset: number, what: 'section' | 'line'): void {
    this.#begins.set(offset, what)
  }

  /** Whether a section, or a line of its body, begins at the token. */
  beginsAt(token: Token): 'section' | 'line' | undefined {
    return this.#begins.get(token.from)
  }
}
