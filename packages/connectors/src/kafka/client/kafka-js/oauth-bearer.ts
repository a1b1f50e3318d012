import { KafkaFault } from '../kafka-fault.ts'

/** What the library's own authenticators are given. */
interface Authentication {
  readonly saslAuthenticate: (step: {
    readonly request: { encode(): Promise<Buffer> }
    readonly response: { decode(answer: Buffer): Promise<Buffer>; parse(answer: Buffer): Promise<void> }
  }) => Promise<void>
}

/** An answer is its length and then, where the token is refused, the reason. */
const LENGTH_BYTES = 4

/**
 * SASL by a token (RFC 7628), instead of the library's: that takes a refusal for a welcome, since it comes as an answer and not
 * as an error, and later requests are answered as if there were nothing.
 */
export function oauthBearer(token: () => string | Promise<string>): object {
  const authenticationProvider = ({ saslAuthenticate }: Authentication) => ({
    authenticate: async () => {
      const message = Buffer.from(`n,,\u0001auth=Bearer ${await tokenOf(token)}\u0001\u0001`)
      await saslAuthenticate({
        request: { encode: async () => Buffer.concat([lengthOf(message), message]) },
        response: {
          decode: async (answer) => answer,
          parse: async (answer) => {
            if (answer.length > LENGTH_BYTES)
              throw new KafkaFault('AUTHENTICATION', 'the broker does not accept the token')
          },
        },
      })
    },
  })
  return { mechanism: 'oauthbearer', authenticationProvider }
}

async function tokenOf(token: () => string | Promise<string>): Promise<string> {
  try {
    return await token()
  } catch (cause) {
    throw new KafkaFault('AUTHENTICATION', 'the function that gives the token failed', { cause })
  }
}

function lengthOf(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeInt32BE(message.length)
  return length
}
