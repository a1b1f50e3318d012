/** One message for one recipient. Plain data: what is not delivered yet stands in checkpoints. */
export interface Notice {
  /** The same each time that it is sent: by it a receiver tells a repeat. */
  readonly key: string
  readonly recipientId: string
  readonly address: string
  readonly subject?: string
  readonly body: string
}

/** What nothing helped to deliver, for someone to look after. */
export interface UndeliveredNotice {
  readonly key: string
  readonly recipientId: string
  readonly error: Error
}

/** Why a try failed. Its message holds nothing of the notice, and no address. */
export class DeliveryFault extends Error {
  readonly retryable: boolean

  constructor(message: string, retryable: boolean) {
    super(message)
    this.name = 'DeliveryFault'
    this.retryable = retryable
  }
}
