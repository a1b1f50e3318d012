/** Whom a notice is for. Only who has said yes, and has not been suspended since, gets any. */
export interface Recipient {
  /** Ours, for keys and for whoever looks after what was not delivered; no name, no address. */
  readonly id: string
  /** A URL or an e-mail address. */
  readonly address: string
  readonly status: 'confirmed' | 'unconfirmed' | 'suspended'
}
