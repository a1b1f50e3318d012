/** A user of the SASL listener, by PLAIN and by SCRAM-SHA-256. */
export interface KafkaUser {
  readonly username: string
  readonly password: string
}

/** Who can log in at a broker that is started with `sasl`. */
export const kafkaUsers = {
  /** May do anything. */
  admin: { username: 'admin', password: 'admin-secret' },
  /** May do nothing until a test grants it. */
  nurse: { username: 'nurse', password: 'nurse-secret' },
} as const satisfies Readonly<Record<string, KafkaUser>>
